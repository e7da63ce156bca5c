import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { describe, it } from "node:test";
import { pipelineOf, taskOf } from "../../test/support/definitions.ts";
import { DrivenRun, exited } from "../../test/support/driven-run.ts";

const retry = (attempts: number, fields = {}) => ({
  retry: { ...taskOf("x").retry, attempts, ...fields },
});

describe("needs and outcomes", () => {
  const outcomes = ["succeeded", "failed", "skipped"] as const;
  const matches: Record<string, readonly string[]> = {
    success: ["succeeded"],
    failure: ["failed"],
    notFailed: ["succeeded", "skipped"],
    any: ["succeeded", "failed", "skipped"],
  };
  for (const need of ["success", "failure", "notFailed", "any"] as const) {
    for (const outcome of outcomes) {
      it(`a need of ${need} on a task that ${outcome}`, () => {
        const run = new DrivenRun(pipelineOf([
          taskOf("a", outcome === "skipped" ? { when: "false" } : {}),
          taskOf("b", { needs: { a: need } }),
        ]));
        if (outcome !== "skipped") run.finish("a", outcome === "failed" ? 1 : 0);
        const expected = matches[need]!.includes(outcome) ? "queued" : "skipped";
        strictEqual(run.run.tasks[1]!.state, expected);
        if (expected === "skipped") strictEqual(run.reason("b"), "need");
      });
    }
  }

  it("a task that may fail satisfies success and failure, and does not fail the run", () => {
    const run = new DrivenRun(pipelineOf([
      taskOf("a", { allowFailure: true }),
      taskOf("b", { needs: { a: "success" } }),
      taskOf("c", { needs: { a: "failure" } }),
    ]));
    run.finish("a", 1).finish("b").finish("c");
    strictEqual(run.states, "a:failed b:succeeded c:succeeded");
    strictEqual(run.run.state, "succeeded");
  });

  it("a failed task fails the run even if a handler ran", () => {
    const run = new DrivenRun(pipelineOf([taskOf("a"), taskOf("b", { needs: { a: "failure" } })]));
    run.finish("a", 3).finish("b");
    strictEqual(run.run.state, "failed");
    strictEqual(run.run.reason?.message, "a failed");
    strictEqual(run.run.tasks[0]!.attempts[0]!.exitCode, 3);
  });

  it("skips as soon as one need does not match, without waiting for the others", () => {
    const run = new DrivenRun(pipelineOf([
      taskOf("a"),
      taskOf("b"),
      taskOf("c", { needs: { a: "success", b: "success" } }),
      taskOf("d", { needs: { c: "success" } }),
    ]));
    run.finish("a", 1);
    strictEqual(run.states, "a:failed b:queued c:skipped d:skipped");
  });

  it("a run whose tasks are all skipped succeeds without ever starting", () => {
    const run = new DrivenRun(
      pipelineOf([taskOf("a", { when: "false" }), taskOf("z", { after: true })]),
    );
    strictEqual(run.run.state, "succeeded");
    strictEqual(run.run.startedAtMs, undefined);
    strictEqual(run.reason("z"), "never_started");
  });

  it("a condition that cannot be evaluated fails its task", () => {
    const run = new DrivenRun(pipelineOf([
      taskOf("a"),
      taskOf("b", {
        needs: { a: "success" },
        when: "tasks.a.outputs.n > 1",
      }),
    ]));
    run.finish("a");
    strictEqual(run.states, "a:succeeded b:failed");
    strictEqual(run.reason("b"), "expression");
  });
});

describe("retries", () => {
  it("tries again after the delay, and needs see only the last attempt", () => {
    const run = new DrivenRun(pipelineOf([
      taskOf("a", retry(3, { delayMs: 100, backoff: "exponential" })),
      taskOf("b", { needs: { a: "success" } }),
    ]));
    run.finish("a", 1);
    strictEqual(run.states, "a:waiting b:blocked");
    strictEqual(run.run.tasks[0]!.dueAtMs, 1_100);
    run.send({ type: "due", task: 0, n: 1, nowMs: 1_100 }).finish("a", 1);
    strictEqual(run.run.tasks[0]!.dueAtMs, 1_200);
    run.send({ type: "due", task: 0, n: 2, nowMs: 1_200 }).finish("a", 0);
    strictEqual(run.states, "a:succeeded b:queued");
    deepStrictEqual(run.run.tasks[0]!.attempts.map((a) => a.state), [
      "failed",
      "failed",
      "succeeded",
    ]);
  });

  it("does not try again for a cause that is not listed", () => {
    const run = new DrivenRun(pipelineOf([taskOf("a", retry(3, { causes: ["timeout"] }))]));
    strictEqual(run.finish("a", 1).run.state, "failed");
  });

  it("ends after all tries", () => {
    const run = new DrivenRun(pipelineOf([taskOf("a", retry(2))]));
    strictEqual(run.finish("a", 1).finish("a", 1).run.state, "failed");
    strictEqual(run.run.tasks[0]!.attempts.length, 2);
  });

  it("a lost attempt counts as infrastructure", () => {
    const lost = (causes: string[]) => {
      const run = new DrivenRun(pipelineOf([taskOf("a", retry(2, { causes }))])).start("a");
      run.send({
        type: "lost",
        task: 0,
        n: 1,
        message: "gone",
        retryable: true,
        nowMs: 1,
        random: 0,
      });
      return run.states;
    };
    strictEqual(lost(["infrastructure"]), "a:queued");
    strictEqual(lost(["exit"]), "a:lost");
  });

  it("is not tried again where a second start could overlap", () => {
    const run = new DrivenRun(pipelineOf([taskOf("a", retry(2))])).start("a");
    run.send({
      type: "lost",
      task: 0,
      n: 1,
      message: "gone",
      retryable: false,
      nowMs: 1,
      random: 0,
    });
    strictEqual(run.states, "a:lost");
    strictEqual(run.run.state, "failed");
  });
});

describe("limits", () => {
  const limit = (which: "queue" | "start" | "run", n = 1) =>
    ({ type: "limit", limit: which, task: 0, n, nowMs: 2_000 }) as const;

  it("the queue limit ends a task that got no slot, and is not retried", () => {
    const run = new DrivenRun(pipelineOf([taskOf("a", {
      ...retry(3),
      timeout: { queueMs: 500, startMs: 1, runMs: 1 },
    })]));
    deepStrictEqual(run.ordered("timer"), [{
      type: "timer",
      timer: { kind: "queue", task: 0, n: 1, sinceMs: 1_000, durationMs: 500 },
    }]);
    run.send(limit("queue"));
    strictEqual(run.states, "a:timed_out");
    strictEqual(run.reason("a"), "queue_timeout");
  });

  it("the start limit stops the attempt and counts as infrastructure", () => {
    const run = new DrivenRun(pipelineOf([taskOf("a", retry(2, { causes: ["infrastructure"] }))]));
    run.send({ type: "granted", task: 0, nowMs: 1_000 }).send(limit("start"));
    deepStrictEqual(run.ordered("stop"), [{ type: "stop", task: 0, n: 1, graceMs: 10_000 }]);
    run.finish("a", 0);
    strictEqual(run.states, "a:queued");
    strictEqual(run.run.tasks[0]!.attempts[0]!.reason?.reason, "start_timeout");
  });

  it("the run limit of a task stops it; it ends timed_out, retried by cause timeout", () => {
    const once = new DrivenRun(pipelineOf([taskOf("a")])).start("a").send(limit("run"));
    strictEqual(once.states, "a:running");
    strictEqual(once.finish("a", 143).states, "a:timed_out");
    const twice = new DrivenRun(pipelineOf([taskOf("a", retry(2))])).start("a").send(limit("run"));
    strictEqual(twice.finish("a", 143).states, "a:queued");
  });

  it("a limit of an earlier try does nothing", () => {
    const run = new DrivenRun(pipelineOf([taskOf("a", retry(2))])).finish("a", 1).start("a");
    const before = run.run;
    strictEqual(run.send(limit("run")).run, before);
  });

  it("the run's own limit cancels its tasks, runs after, and ends timed_out", () => {
    const run = new DrivenRun(
      pipelineOf([taskOf("a"), taskOf("b"), taskOf("z", { after: true })], { timeoutMs: 5_000 }),
    );
    run.start("a");
    ok(run.ordered("timer").some((c) => c.type === "timer" && c.timer.kind === "run_limit"));
    run.send({ type: "run_limit", nowMs: 6_000 });
    strictEqual(run.states, "a:running b:cancelled z:blocked");
    strictEqual(run.reason("b"), "run_timeout");
    run.finish("a", 0);
    strictEqual(run.states, "a:cancelled b:cancelled z:queued");
    run.finish("z");
    strictEqual(run.run.state, "timed_out");
  });
});

describe("cancel", () => {
  it("stops what runs, cancels what waits, keeps the exit code, then runs after", () => {
    const run = new DrivenRun(pipelineOf([
      taskOf("a"),
      taskOf("b", { needs: { a: "success" } }),
      taskOf("z", { after: true }),
    ]));
    run.start("a").cancel().finish("a", 0);
    strictEqual(run.states, "a:cancelled b:cancelled z:queued");
    strictEqual(run.run.tasks[0]!.attempts[0]!.exitCode, 0);
    run.finish("z", 1);
    strictEqual(run.run.state, "cancelled");
  });

  it("a queued run that never started ends at once, without after", () => {
    const run = new DrivenRun(pipelineOf([taskOf("a"), taskOf("z", { after: true })])).cancel();
    strictEqual(run.run.state, "cancelled");
    strictEqual(run.states, "a:cancelled z:skipped");
  });

  it("a second cancel changes nothing; with force it skips grace and after", () => {
    const run = new DrivenRun(pipelineOf([taskOf("a"), taskOf("z", { after: true })])).start("a");
    run.cancel();
    const before = run.run;
    strictEqual(run.cancel().run, before);
    run.cancel(true);
    deepStrictEqual(run.ordered("stop").map((c) => c.type === "stop" && c.graceMs), [10_000, 0]);
    run.finish("a", 137);
    strictEqual(run.states, "a:cancelled z:skipped");
    strictEqual(run.reason("z"), "forced");
  });

  it("no retry follows a cancel", () => {
    const run = new DrivenRun(pipelineOf([taskOf("a", retry(5))])).start("a").cancel();
    strictEqual(run.finish("a", 1).run.state, "cancelled");
  });

  it("of cancel and run limit the first counts", () => {
    const run = new DrivenRun(pipelineOf([taskOf("a")], { timeoutMs: 1 })).start("a");
    run.send({ type: "run_limit", nowMs: 1_500 }).cancel().finish("a");
    strictEqual(run.run.state, "timed_out");
  });
});

describe("after, parallelism and the end", () => {
  it("after tasks see the outcome, need each other, and never change it", () => {
    const run = new DrivenRun(pipelineOf([
      taskOf("a"),
      taskOf("y", { after: true, when: "run.outcome != 'succeeded'" }),
      taskOf("z", { after: true, needs: { y: "any" } }),
    ]));
    run.finish("a");
    strictEqual(run.states, "a:succeeded y:skipped z:queued");
    run.finish("z", 9);
    strictEqual(run.run.state, "succeeded");
    strictEqual(run.states, "a:succeeded y:skipped z:failed");
  });

  it("starts no more tasks at once than its parallelism", () => {
    const run = new DrivenRun(pipelineOf([taskOf("a"), taskOf("b")], { parallelism: 1 }));
    deepStrictEqual(run.ordered("offer"), [{ type: "offer", task: 0 }]);
    run.start("a");
    const before = run.run;
    strictEqual(run.send({ type: "granted", task: 1, nowMs: 1 }).run, before);
    run.finish("a");
    deepStrictEqual(run.ordered("offer").at(-1), { type: "offer", task: 1 });
  });

  it("removes every attempt once it has ended, and takes nothing in after that", () => {
    const run = new DrivenRun(pipelineOf([taskOf("a", retry(2))])).finish("a", 1).finish("a", 0);
    deepStrictEqual(run.ordered("remove").map((c) => c.type === "remove" && c.n), [1, 2]);
    strictEqual(run.ordered("ended").length, 1);
    const before = run.run;
    strictEqual(run.cancel(true).run, before);
  });

  it("a repeated exit changes nothing", () => {
    const run = new DrivenRun(pipelineOf([taskOf("a"), taskOf("b")])).finish("a");
    const before = run.run;
    run.send({ type: "exited", task: 0, n: 1, exit: exited(1, 1), nowMs: 1, random: 0 });
    strictEqual(run.run, before);
  });
});
