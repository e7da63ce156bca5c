import { strictEqual } from "node:assert/strict";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** One line that a task wrote. */
export interface LedgerLine {
  readonly attempt: string;
  readonly what: "start" | "end";
}

/** What tasks say of themselves, outside the server: the oracle of the crash tests. */
export class Ledger {
  readonly folder: string;
  readonly path: string;
  readonly gate: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.path = join(folder, "ledger");
    this.gate = join(folder, "gate");
  }

  static async open(): Promise<Ledger> {
    const folder = await mkdtemp(join(tmpdir(), "errand-ledger-"));
    const ledger = new Ledger(folder);
    await chmod(folder, 0o777); // tasks may have another uid
    await writeFile(ledger.path, "");
    await chmod(ledger.path, 0o666);
    return ledger;
  }

  /**
   * A task that notes its start, prints, waits until the gate is open where asked, prints again and
   * notes its end.
   */
  task(options: { readonly waits?: boolean; readonly exitCode?: number } = {}): {
    readonly command: readonly string[];
    readonly env: Record<string, string>;
  } {
    const id = '"$ERRAND_RUN_ID-$ERRAND_TASK-$ERRAND_ATTEMPT';
    const script = [
      `echo ${id} start" >> "$LEDGER"`,
      "echo first line",
      ...(options.waits ? ['while [ ! -e "$GATE" ]; do sleep 0.02; done'] : []),
      "echo last line",
      `echo ${id} end" >> "$LEDGER"`,
      `exit ${options.exitCode ?? 0}`,
    ];
    return {
      command: ["/bin/sh", "-c", script.join("\n")],
      env: { LEDGER: this.path, GATE: this.gate },
    };
  }

  /** Lets the waiting tasks go on. */
  async openGate(): Promise<void> {
    await writeFile(this.gate, "");
  }

  async lines(): Promise<readonly LedgerLine[]> {
    const text = await readFile(this.path, "utf8");
    return text.split("\n").filter(Boolean).map((line) => {
      const [attempt, what] = line.split(" ") as [string, "start" | "end"];
      return { attempt, what };
    });
  }

  /** I3, I4: no attempt was started twice, none ended twice. */
  async checkOnce(): Promise<void> {
    const seen = new Map<string, number>();
    for (const { attempt, what } of await this.lines()) {
      seen.set(`${attempt} ${what}`, (seen.get(`${attempt} ${what}`) ?? 0) + 1);
    }
    for (const [line, count] of seen) strictEqual(count, 1, `${line}: ${count} times`);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
