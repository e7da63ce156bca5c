import { ErrandError } from "../../protocol/errors.ts";
import {
  type Cell,
  GroupRefused,
  type GroupStore,
  type JournalGroup,
} from "../../core/kernel/journal.ts";
import type { Pipeline } from "../../core/pipeline/mod.ts";
import { RUN_COLUMNS } from "../../core/run/mod.ts";
import { Journal } from "../../core/store/journal.ts";
import {
  type OpenSupervisor,
  openSupervisor,
  type PublicEvent,
  type RecoverySource,
} from "../../core/supervisor/mod.ts";
import { parsePublicEvent, systemClock } from "../../core/supervisor/mod.ts";
import { attemptSpecOf } from "./definitions.ts";
import { MemoryBackend } from "./memory-backend.ts";
import { MemoryScheduler, memoryTraits } from "./memory-scheduler.ts";

const STATE = RUN_COLUMNS.run.indexOf("state");

/** Rows in memory, and refusals on demand. Outlives supervisors, as a disk does. */
export class MemoryGroups implements GroupStore {
  readonly tables = new Map<string, Map<string, readonly Cell[]>>();
  /** What the next commits meet: a full disk, or a constraint on the rows of one run. */
  failure:
    | { readonly kind: "full" }
    | { readonly kind: "refused"; readonly key: string }
    | undefined;
  last = 0;

  commit(group: JournalGroup): void {
    if (this.failure?.kind === "full") throw new ErrandError("full", "no space left");
    if (this.failure?.kind === "refused") {
      const { key } = this.failure;
      if (group.rows.some((row) => row.key === key && row.cells[STATE] !== "failed")) {
        throw new GroupRefused(`row ${key}`);
      }
    }
    for (const row of group.rows) {
      let table = this.tables.get(row.table);
      if (!table) this.tables.set(row.table, table = new Map());
      table.set(row.key, row.cells);
    }
    this.last = group.number;
  }

  hasGroup(number: number): Promise<boolean> {
    return Promise.resolve(number <= this.last);
  }

  runState(runId: number): Cell | undefined {
    return this.tables.get("run")?.get(String(runId))?.[STATE];
  }
}

/** A supervisor over the memory scheduler and rows in memory. */
export interface SupervisedWorld {
  readonly supervisor: OpenSupervisor;
  readonly groups: MemoryGroups;
  readonly backend: MemoryBackend;
  readonly warnings: string[];
  readonly events: PublicEvent[];
  /** Resolves once the run's end is told. */
  ended(runId: number): Promise<string>;
  /** Resolves once an event fits. */
  until(fits: (event: PublicEvent) => boolean): Promise<PublicEvent>;
}

/** Opens one; pass the parts of an earlier one to open its successor. */
export async function openWorld(
  definition: Pipeline,
  before: {
    readonly groups?: MemoryGroups;
    readonly backend?: MemoryBackend;
    readonly epoch?: number;
  } = {},
): Promise<SupervisedWorld> {
  const groups = before.groups ?? new MemoryGroups();
  const backend = before.backend ?? new MemoryBackend();
  const warnings: string[] = [];
  const events: PublicEvent[] = [];
  const listeners = new Set<(event: PublicEvent) => void>();
  const journal = new Journal({
    store: groups,
    firstGroup: groups.last + 1,
    schedule: (flush) => void setImmediate(flush),
    later: systemClock.setTimer,
    nowMs: Date.now,
    onFatal: (error) => warnings.push(`fatal: ${error.message}`),
  });
  journal.onCommit((group) =>
    group.events.forEach((text, i) => {
      const event = parsePublicEvent(group.number * 65_536 + i, text);
      events.push(event);
      for (const listener of listeners) listener(event);
    })
  );
  const epoch = before.epoch ?? 1;
  const traits = memoryTraits("frames");
  const keys = new Map<string, { bodyHash: string; runId: number; number: number }>();
  const supervisor = await openSupervisor({
    journal,
    clock: systemClock,
    schedulers: [{
      name: "process",
      scheduler: new MemoryScheduler(backend, traits),
      traits,
      slots: 2,
    }],
    epoch,
    preparer: {
      prepare: (run, at) => {
        const { work } = run.definition.tasks[at.task]!;
        return {
          secretValues: [],
          spec: attemptSpecOf(
            { attemptId: `${run.id}-${at.task}-0-${at.n}`, epoch },
            work.kind === "command" ? work.argv : [],
          ),
        };
      },
    },
    lastRunId: Math.max(0, ...[...groups.tables.get("run")?.keys() ?? []].map(Number)),
    lastNumbers: new Map(),
    idempotencyRow: ({ namespace, key, atMs, ...rest }) => {
      keys.set(`${namespace}/${key}`, rest);
      return { table: "idempotency", key: `${namespace}/${key}`, cells: [namespace, key, atMs] };
    },
    findIdempotent: (namespace, key) => Promise.resolve(keys.get(`${namespace}/${key}`)),
    exists: (_, runId) => Promise.resolve(groups.runState(runId) !== undefined),
    subscribe: () => () => {},
    source: sourceOf(groups, definition),
    chores: [],
    fault: (error) => warnings.push(`fault: ${error.message}`),
    warn: (message) => warnings.push(message),
  });
  const until = (fits: (event: PublicEvent) => boolean): Promise<PublicEvent> => {
    const known = events.find(fits);
    if (known) return Promise.resolve(known);
    return new Promise((resolve) => {
      const listener = (event: PublicEvent) => {
        if (!fits(event)) return;
        listeners.delete(listener);
        resolve(event);
      };
      listeners.add(listener);
    });
  };
  const ended = async (runId: number) => {
    const over = (event: PublicEvent) =>
      event.type === "run" && event.runId === String(runId) && event.state !== "queued" &&
      event.state !== "running";
    return (await until(over)).state;
  };
  return { supervisor, groups, backend, warnings, events, ended, until };
}

function sourceOf(groups: MemoryGroups, definition: Pipeline): RecoverySource {
  const of = (table: string, runId: number) =>
    [...groups.tables.get(table)?.values() ?? []].filter((cells) => cells[0] === runId);
  return {
    unfinishedRuns: (afterId) => {
      const runs = [...groups.tables.get("run")?.values() ?? []].filter((cells) =>
        Number(cells[0]) > afterId && (cells[STATE] === "queued" || cells[STATE] === "running")
      );
      return Promise.resolve(runs.map((run) => ({
        run,
        tasks: of("task", Number(run[0])),
        attempts: of("attempt", Number(run[0])),
      })));
    },
    definition: () => Promise.resolve(definition),
  };
}
