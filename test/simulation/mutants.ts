import { createRun, resumeRun, transition } from "../../core/run/mod.ts";
import type { Machine } from "../../core/supervisor/run-engine.ts";
import type { SimulateOptions } from "./simulate.ts";

const REAL: Machine = { createRun, resumeRun, transition };

/** Machines and journals that are broken on purpose: the simulator has to catch every one of them. */
export const MUTANTS: Readonly<Record<string, SimulateOptions>> = {
  "a cancel that stops nothing": withTransition((run, event) => {
    const step = transition(run, event);
    return { ...step, commands: step.commands.filter((command) => command.type !== "stop") };
  }),
  "a retry too many": withTransition((run, event) => {
    const step = transition(run, event);
    if (event.type !== "exited" || step.run === run) return step;
    const task = step.run.tasks[event.task]!;
    if (task.state !== "failed" || task.attempts.length > 3) return step;
    const tasks = step.run.tasks.with(event.task, { ...task, state: "queued" });
    return {
      run: { ...run, tasks },
      commands: [
        { type: "release", task: event.task, n: event.n },
        { type: "offer", task: event.task },
      ],
    };
  }),
  "an exit that frees no slot": withTransition((run, event) => {
    const step = transition(run, event);
    return { ...step, commands: step.commands.filter((command) => command.type !== "release") };
  }),
  "a lost attempt that is tried again while it may live": withTransition((run, event) =>
    transition(
      run,
      event.type === "running" && event.nowMs % 7 === 0
        ? {
          type: "lost",
          task: event.task,
          n: event.n,
          message: "",
          retryable: true,
          nowMs: event.nowMs,
          random: 0,
        }
        : event,
    )
  ),
  "a need that does not wait": {
    machine: {
      ...REAL,
      createRun: (facts) => {
        const tasks = facts.definition.tasks.map((task) => ({ ...task, needs: {} }));
        const step = createRun({ ...facts, definition: { ...facts.definition, tasks } });
        return { ...step, run: { ...step.run, definition: facts.definition } };
      },
    },
  },
  "an end that is taken back": withTransition((run, event) => {
    if (event.type === "cancel" && run.state === "succeeded") {
      return { run: { ...run, state: "cancelled" }, commands: [] };
    }
    const step = transition(run, event);
    const over = step.commands.some((command) => command.type === "ended");
    return over && step.run.state === "failed"
      ? { ...step, run: { ...step.run, state: "succeeded" } }
      : step;
  }),
  "a restart that forgets what was ready": withResume((commands) =>
    commands.filter((command) => command.type !== "offer")
  ),
  "a restart that forgets what was counting": withResume((commands) =>
    commands.filter((command) => command.type !== "timer")
  ),
  "a restart that forgets stops": withResume((commands) =>
    commands.filter((command) => command.type !== "stop")
  ),
  "a journal that calls back before the commit": { hasty: true },
};

function withTransition(broken: Machine["transition"]): SimulateOptions {
  return { machine: { ...REAL, transition: broken } };
}

function withResume(
  change: (commands: ReturnType<Machine["resumeRun"]>) => ReturnType<Machine["resumeRun"]>,
): SimulateOptions {
  return { machine: { ...REAL, resumeRun: (run) => change(resumeRun(run)) } };
}
