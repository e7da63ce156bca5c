import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";

/** True when this test runs on Deno: every child that it starts must, too. */
export const ON_DENO = "Deno" in globalThis;

const MAIN = new URL("../../cli/main.ts", import.meta.url).pathname;

/** The command line of the CLI on the runtime that this test runs on. */
export function errandCommand(args: readonly string[]): readonly [string, readonly string[]] {
  return ON_DENO
    ? [process.execPath, ["run", "-A", MAIN, ...args]]
    : [process.execPath, [MAIN, ...args]];
}

/** A body as a test looks at it: what is not there is undefined, and the assertion says so. */
// deno-lint-ignore no-explicit-any
export type Answer = any;

/** A real server in a process of its own, and the few requests that tests make. */
export class ServerProcess {
  readonly dataDir: string;
  readonly child: ChildProcess;
  url = "";
  token = "";
  stderr = "";
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;

  private constructor(dataDir: string, child: ChildProcess) {
    this.dataDir = dataDir;
    this.child = child;
    this.exited = new Promise((resolve) => {
      child.once("exit", (code, signal) => resolve({ code, signal }));
    });
  }

  /** Starts `errand serve` on a free port and waits until it is ready, or has ended. */
  static async start(
    dataDir: string,
    options: {
      readonly env?: Record<string, string>;
      readonly args?: readonly string[];
      /** By default a free port of 127.0.0.1. */
      readonly listen?: string;
      /** A program, with its arguments, that becomes the server: setpriv, faketime, … */
      readonly through?: readonly string[];
    } = {},
  ): Promise<ServerProcess> {
    const listen = options.listen ?? "127.0.0.1:0";
    const args = ["serve", "--data", dataDir, "--listen", listen, ...options.args ?? []];
    const [own, ownArgv] = errandCommand(args);
    const [command, ...argv] = [...options.through ?? [], own, ...ownArgv] as [string, ...string[]];
    const child = spawn(command, argv, {
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const server = new ServerProcess(dataDir, child);
    const ready = new Promise<void>((resolve) => {
      // it says where it listens once it is ready; which stream is its own affair
      for (const stream of [child.stdout!, child.stderr!]) {
        createInterface({ input: stream }).on("line", (line) => {
          server.stderr += `${line}\n`;
          if (/is ready at http:/.test(line)) resolve();
        });
      }
    });
    await Promise.race([ready, server.exited]);
    if (child.exitCode !== null || child.signalCode !== null) return server;
    const { url } = JSON.parse(await readFile(join(dataDir, "server.json"), "utf8"));
    server.url = url as string;
    server.token = (await readFile(join(dataDir, "admin.token"), "utf8")).trim();
    return server;
  }

  /** A request; answers status and parsed body. */
  async request(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ readonly status: number; readonly body: Answer }> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
  }

  /** Stores a pipeline; fails when it is refused. */
  async apply(pipeline: { readonly name: string } & Record<string, unknown>): Promise<void> {
    const path = `/v1/namespaces/default/pipelines/${pipeline.name}`;
    const { status, body } = await this.request("PUT", path, pipeline);
    if (status !== 200) throw new Error(`apply: ${status} ${JSON.stringify(body)}`);
  }

  /** Asks for a run; answers its id. */
  async run(pipeline: string, params: Record<string, unknown> = {}): Promise<string> {
    const path = `/v1/namespaces/default/pipelines/${pipeline}/runs`;
    const { status, body } = await this.request("POST", path, { params });
    if (status !== 202) throw new Error(`run: ${status} ${JSON.stringify(body)}`);
    return body.id;
  }

  async show(runId: string): Promise<Answer> {
    const { status, body } = await this.request("GET", `/v1/namespaces/default/runs/${runId}`);
    if (status !== 200) throw new Error(`show: ${status} ${JSON.stringify(body)}`);
    return body;
  }

  /** Waits for the end of a run by following its events. */
  async ended(runId: string, timeoutMs = 30_000): Promise<Answer> {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(`${this.url}/v1/namespaces/default/events?run=${runId}`, {
      headers: { authorization: `Bearer ${this.token}`, accept: "text/event-stream" },
      signal,
    });
    // the stream is open: whatever ends from here on is told
    const first = await this.show(runId);
    if (isOver(first.state)) {
      await response.body?.cancel();
      return first;
    }
    let text = "";
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const blocks = text.split("\n\n");
      text = blocks.pop()!;
      const over = blocks.some((block) => {
        const data = /^data: ?(.*)$/m.exec(block)?.[1];
        const event = data ? JSON.parse(data) : undefined;
        return event?.type === "run" && event.runId === runId && isOver(event.state);
      });
      if (over) break;
    }
    return await this.show(runId);
  }

  /** Sends a signal, unless it has ended. Not by `child.kill`: on Deno that believes it is the end. */
  signal(name: NodeJS.Signals): void {
    const { pid, exitCode, signalCode } = this.child;
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(pid, name);
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.exited;
  }

  /** SIGTERM; resolves with its exit code. */
  async stop(): Promise<number | null> {
    this.signal("SIGTERM");
    return (await this.exited).code;
  }
}

function isOver(state: string): boolean {
  return state !== "queued" && state !== "running";
}
