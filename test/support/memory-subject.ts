import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SchedulerSubject } from "../../core/conformance/mod.ts";
import type { Scheduler } from "../../core/kernel/scheduler.ts";
import { MemoryBackend } from "./memory-backend.ts";
import { MEMORY_WORKLOADS } from "./memory-program.ts";
import { MemoryScheduler, memoryTraits } from "./memory-scheduler.ts";

/** Breaks a scheduler in one point, for tests of the tests. */
export type Mutation = (right: Scheduler, backend: MemoryBackend) => Partial<Scheduler>;

/** The memory scheduler, put up for trial. */
export function memorySubject(
  logs: "frames" | "cursor",
  mutation: Mutation = () => ({}),
): SchedulerSubject {
  const traits = memoryTraits(logs);
  const files = new Map<string, MemoryBackend>();
  return {
    traits,
    kind: "process",
    workloads: MEMORY_WORKLOADS,
    addedEnv: [],
    readsLogs: true,
    async open() {
      const folder = await mkdtemp(join(tmpdir(), "errand-memory-"));
      const backend = new MemoryBackend();
      const generation = (): Scheduler => {
        const right = new MemoryScheduler(backend, traits);
        const wrong = mutation(right, backend);
        return new Proxy(right, {
          get(target, key) {
            const found = Reflect.get(wrong, key) ?? Reflect.get(target, key);
            return typeof found === "function" ? found.bind(target) : found;
          },
        });
      };
      let count = 0;
      return {
        scheduler: generation(),
        reopen: () => Promise.resolve(generation()),
        newAttemptId: () => `1-${count++}-0-1`,
        newWorkspace: () => join(folder, `work-${count++}`),
        newLogFile() {
          const path = join(folder, `${count++}.log`);
          files.set(path, backend);
          return path;
        },
        async close() {
          backend.clear();
          await rm(folder, { recursive: true, force: true });
        },
      };
    },
    readFrames(path) {
      const attempts = [...files.get(path)?.attempts.values() ?? []];
      return Promise.resolve(attempts.find((it) => it.spec.logFile === path)?.frames ?? []);
    },
  };
}
