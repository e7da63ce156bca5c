import { PluginError } from "../../protocol/errors.ts";
import type {
  AttemptRef,
  AttemptSpec,
  Change,
  Exit,
  WatchPage,
} from "../../core/kernel/scheduler.ts";
import { parseAttemptId } from "../../core/run/mod.ts";
import type { Random } from "./random.ts";
import type { SimStore } from "./sim-store.ts";
import type { Timeline } from "./timeline.ts";
import type { Verdicts } from "./violation.ts";

/** What outlives every server of one simulation. */
export interface World {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly store: SimStore;
  readonly verdicts: Verdicts;
  readonly say: (line: string) => void;
}

interface SimAttempt {
  readonly id: string;
  state: "pending" | "running" | "exited";
  revision: number;
  exit?: Exit;
  readonly immortal: boolean;
}

/** What a scheduler runs things on. Survives servers; checks at every start what may never happen. */
export class SimBackend {
  readonly attempts = new Map<string, SimAttempt>();
  /** Ids that were started, ever: an id runs once. */
  readonly started = new Set<string>();
  readonly #fenced = new Set<string>();
  readonly #changes: { readonly id: string; readonly revision: number }[] = [];
  #waiting: (() => void)[] = [];
  #generation = 1;
  #epoch = 0;
  readonly #world: World;
  readonly #slots: number;

  constructor(
    world: World,
    slots: number,
  ) {
    this.#world = world;
    this.#slots = slots;
  }

  get live(): number {
    return [...this.attempts.values()].filter((a) => a.state !== "exited").length;
  }

  start(spec: AttemptSpec): { handle: string } {
    this.#check(spec.epoch);
    const id = spec.attemptId;
    if (this.#fenced.has(id)) throw new PluginError("fenced", `${id} was stopped or removed`);
    if (!this.attempts.has(id)) this.#begin(id);
    return { handle: `h-${id}` };
  }

  stop(ref: AttemptRef, graceMs: number): void {
    this.#check(ref.epoch);
    const attempt = this.attempts.get(ref.attemptId);
    this.#world.say(`stop ${ref.attemptId} ${attempt?.state ?? "never seen"}`);
    if (!attempt) {
      this.#fenced.add(ref.attemptId);
      return;
    }
    const { random, timeline } = this.#world;
    const obeys = random.chance(0.7);
    timeline.in(obeys ? random.int(Math.max(1, graceMs)) : graceMs, () => {
      this.#end(attempt, exitOf("signalled", 143, timeline.now));
    });
  }

  remove(ref: AttemptRef): void {
    this.#check(ref.epoch);
    const { runId } = parseAttemptId(ref.attemptId)!;
    const state = this.#world.store.runState(runId);
    if (state === "queued" || state === "running") {
      this.#world.verdicts.fail(`${ref.attemptId} was removed before its run's end was durable`);
    }
    if (this.attempts.get(ref.attemptId)?.state !== "exited") return;
    this.attempts.delete(ref.attemptId);
    this.#fenced.add(ref.attemptId);
  }

  watch(request: { readonly cursor: string; readonly epoch: number }): WatchPage {
    this.#check(request.epoch);
    const { random } = this.#world;
    const [generation, kind, at] = request.cursor.split(":");
    if (Number(generation) !== this.#generation) return this.#list("", this.#changes.length);
    if (kind === "l") {
      const [after, since] = at!.split("/");
      return this.#list(after!, Number(since));
    }
    // at least once: now and then some are told again
    const from = Math.max(0, Number(at) - (random.chance(0.1) ? random.int(4) : 0));
    const changes = this.#changes.slice(from).flatMap(({ id }) => {
      const attempt = this.attempts.get(id);
      return attempt ? [changeOf(attempt)] : [];
    });
    return {
      changes,
      cursor: `${this.#generation}:c:${this.#changes.length}`,
      listing: "no",
      retryAfterMs: 0,
    };
  }

  /** Calls once something changes behind the cursor, or after `ms`: at once when something has. */
  whenChanged(cursor: string, ms: number, tell: () => void): void {
    const [generation, kind, at] = cursor.split(":");
    const idle = Number(generation) === this.#generation && kind === "c" &&
      Number(at) === this.#changes.length;
    if (!idle) return tell();
    let told = false;
    const once = () => {
      if (!told) tell();
      told = true;
    };
    const cancel = this.#world.timeline.in(ms, once);
    this.#waiting.push(() => {
      cancel();
      once();
    });
  }

  /** Everything it ran dies with it; some of it is remembered as ended, some is not known any more. */
  reboot(): void {
    const { random, timeline } = this.#world;
    this.#generation++;
    this.#world.say("BACKEND REBOOTS");
    for (const attempt of [...this.attempts.values()]) {
      if (attempt.state === "exited") continue;
      if (random.chance(0.5)) this.#end(attempt, exitOf("evicted", -1, timeline.now));
      else {
        this.attempts.delete(attempt.id);
        this.#fenced.add(attempt.id);
      }
    }
    this.#wake();
  }

  #list(after: string, since: number): WatchPage {
    const ids = [...this.attempts.keys()].sort().filter((id) => id > after);
    const page = ids.slice(0, 3);
    const last = ids.length <= page.length;
    return {
      changes: page.map((id) => changeOf(this.attempts.get(id)!)),
      cursor: last
        ? `${this.#generation}:c:${since}`
        : `${this.#generation}:l:${page.at(-1)}/${since}`,
      listing: last ? "complete" : "more",
      retryAfterMs: 0,
    };
  }

  #check(epoch: number): void {
    if (epoch < this.#epoch) throw new PluginError("fenced", `epoch ${epoch} < ${this.#epoch}`);
    this.#epoch = epoch;
  }

  #begin(id: string): void {
    const { random, timeline, store, verdicts } = this.#world;
    if (this.started.has(id)) verdicts.fail(`I4: attempt ${id} was started twice`);
    this.started.add(id);
    const { runId, task, n } = parseAttemptId(id)!;
    for (const other of this.attempts.values()) {
      const same = other.id.startsWith(`${runId}-${task}-`) && other.state !== "exited";
      if (same) verdicts.fail(`I3: ${other.id} lives while ${id} starts`);
    }
    if (!store.table("attempt").has(`${runId}-${task}-${n}`)) {
      verdicts.fail(`${id} was started before its intent was durable`);
    }
    if (this.live >= this.#slots) verdicts.fail(`more than ${this.#slots} attempts at once`);
    const attempt: SimAttempt = {
      id,
      state: "pending",
      revision: 1,
      immortal: random.chance(0.05),
    };
    this.attempts.set(id, attempt);
    this.#world.say(`${id} is accepted`);
    this.#changes.push({ id, revision: 1 });
    this.#wake();
    timeline.in(random.int(10), () => {
      if (attempt.state !== "pending" || this.attempts.get(id) !== attempt) return;
      attempt.state = "running";
      this.#changed(attempt);
      if (attempt.immortal) return;
      timeline.in(random.int(40), () => {
        this.#end(attempt, exitOf("exited", random.chance(0.7) ? 0 : 1, timeline.now));
      });
    });
  }

  #end(attempt: SimAttempt, exit: Exit): void {
    if (attempt.state === "exited" || this.attempts.get(attempt.id) !== attempt) return;
    attempt.state = "exited";
    attempt.exit = exit;
    this.#changed(attempt);
  }

  #changed(attempt: SimAttempt): void {
    this.#world.say(`${attempt.id} is ${attempt.state} ${attempt.exit?.cause ?? ""}`);
    attempt.revision++;
    this.#changes.push({ id: attempt.id, revision: attempt.revision });
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const tell of waiting) tell();
  }
}

function changeOf(attempt: SimAttempt): Change {
  return {
    attemptId: attempt.id,
    handle: `h-${attempt.id}`,
    revision: attempt.revision,
    state: attempt.state,
    node: "",
    ...(attempt.exit ? { exit: attempt.exit } : {}),
  };
}

function exitOf(cause: Exit["cause"], exitCode: number, nowMs: number): Exit {
  return {
    cause,
    exitCode,
    signal: cause === "signalled" ? "SIGTERM" : "",
    message: "",
    startedAtMs: nowMs,
    finishedAtMs: nowMs,
    outputs: new Uint8Array(),
    outputsTruncated: false,
  };
}
