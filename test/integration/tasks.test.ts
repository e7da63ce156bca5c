import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Ledger } from "../support/ledger.ts";
import { findLeftovers } from "../support/gate/leftovers.ts";
import { peakMemory, readLog, untilLog, untilTask } from "../support/observe.ts";
import type { ServerProcess } from "../support/server-process.ts";
import { World } from "../support/world.ts";

const MIB = 1024 * 1024;

describe("a task of a server", () => {
  let world: World;
  let server: ServerProcess;
  let gates: string;
  before(async () => {
    world = await World.open({ settings: "slots: 4\n" });
    gates = join(world.folder, "gates");
    await mkdir(gates);
    await chmod(gates, 0o777); // tasks may have another uid
    server = await world.start({ env: { ERRAND_LEAK: "leaked", LEAK: "leaked" } });
  });
  after(() => world.close());

  /** Runs a pipeline of these tasks to its end. */
  async function ran(name: string, rest: Record<string, unknown>): Promise<Run> {
    await server.apply({ name, ...rest });
    return await server.ended(await server.run(name));
  }

  it("whose command does not exist fails with 127 and says so", async () => {
    const run = await ran("missing", {
      tasks: { a: { command: ["no-such-program", "x"] }, b: { run: "no-such-program x" } },
    });
    strictEqual(run.state, "failed");
    const [a, b] = run.tasks as [Task, Task];
    deepStrictEqual([a.state, a.reason, a.attempts[0]!.exitCode], ["failed", "start_failed", 127]);
    match(a.attempts[0]!.message!, /no-such-program/);
    deepStrictEqual([b.state, b.reason, b.attempts[0]!.exitCode], ["failed", "exit", 127]);
    match((await readLog(server, run.id, "b")).text, /no-such-program/);
  });

  it("whose file may not be executed fails and says so", async () => {
    const run = await ran("not-executable", { tasks: { a: { command: ["/etc/passwd"] } } });
    const [a] = run.tasks as [Task];
    deepStrictEqual([a.state, a.reason, a.attempts[0]!.exitCode], ["failed", "start_failed", 126]);
    match(a.attempts[0]!.message!, /permission denied/);
  });

  it("that ignores SIGTERM is killed after its grace when it is cancelled", async () => {
    await server.apply({
      name: "deaf",
      tasks: { a: { run: DEAF, grace: "100ms" } },
      after: { b: { run: "echo cleaned" } },
    });
    const runId = await server.run("deaf");
    await untilLog(server, runId, { task: "a", text: "deaf" });
    await cancel(server, runId);
    const run = await server.ended(runId);
    strictEqual(run.state, "cancelled");
    const [a, b] = run.tasks as [Task, Task];
    deepStrictEqual([a.state, a.attempts[0]!.signal], ["cancelled", "SIGKILL"]);
    strictEqual(b.state, "succeeded");
    match((await readLog(server, runId, "b")).text, /cleaned/);
  });

  it("that ignores SIGTERM is killed after its grace when its time is over", async () => {
    const run = await ran("deaf-late", {
      tasks: { a: { run: DEAF, grace: "100ms", timeout: "300ms" } },
    });
    const [a] = run.tasks as [Task];
    deepStrictEqual([run.state, a.state, a.reason], ["failed", "timed_out", "timeout"]);
    strictEqual(a.attempts[0]!.signal, "SIGKILL");
  });

  it("that leaves children behind, one in a session of its own, is ended with them", async () => {
    const [one, other] = [join(gates, "one"), join(gates, "other")];
    const script = [
      `(trap '' TERM HUP; : > ${one}; exec sleep 600) &`,
      `setsid sh -c "trap '' TERM HUP; : > ${other}; exec sleep 600" &`,
      `until [ -e ${one} ] && [ -e ${other} ]; do sleep 0.01; done`,
    ];
    const run = await ran("orphans", { tasks: { a: { run: script.join("\n"), grace: "200ms" } } });
    strictEqual(run.state, "succeeded");
    const left = findLeftovers(join(world.dataDir, "work")).map(({ command }) => command);
    deepStrictEqual(left, []);
  });

  it("keeps the exit code that a graceful stop ended it with, and is cancelled", async () => {
    await server.apply({
      name: "polite",
      tasks: {
        a: { run: "trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.01; done" },
      },
    });
    const runId = await server.run("polite");
    await untilLog(server, runId, { task: "a", text: "ready" });
    await cancel(server, runId);
    const run = await server.ended(runId);
    const [a] = run.tasks as [Task];
    deepStrictEqual([run.state, a.state, a.attempts[0]!.exitCode], ["cancelled", "cancelled", 3]);
    match((await readLog(server, runId)).text, /bye/);
  });

  it("is killed at once by a forced cancel, which skips `after`", async () => {
    await server.apply({
      name: "forced",
      tasks: { a: { run: DEAF, grace: "10m" }, c: { run: "true", needs: ["a"] } },
      after: { b: { run: "echo cleaned" } },
    });
    const runId = await server.run("forced");
    await untilLog(server, runId, { task: "a", text: "deaf" });
    await cancel(server, runId);
    await cancel(server, runId, { force: true });
    const run = await server.ended(runId);
    strictEqual(run.state, "cancelled");
    const states = ["a", "b", "c"].map((name) => named(run, name).state);
    deepStrictEqual(states, ["cancelled", "skipped", "cancelled"]);
    strictEqual(named(run, "b").attempts.length, 0);
  });

  it("may print any bytes: they are readable, and none is lost", async () => {
    const run = await ran("binary", {
      tasks: {
        a: {
          run:
            "printf 'a\\000b\\377\\376\\033[31mred\\r\\n'; printf '\\303'; sleep 0.05; printf '\\251\\n'",
        },
        b: { run: "head -c 300000 /dev/urandom" },
      },
    });
    strictEqual(run.state, "succeeded");
    const { text } = await readLog(server, run.id, "a");
    strictEqual(text, "a\0b\ufffd\ufffd\u001b[31mred\r\né\n");
    ok((await readLog(server, run.id, "b")).text.length > 100_000);
  });

  it("may print 10 MB without a newline: all of it is kept, the server stays small", async () => {
    const run = await ran("long-line", {
      tasks: { a: { run: "head -c 10485760 /dev/zero | tr '\\0' x" } },
    });
    strictEqual(run.state, "succeeded");
    const { text, markers } = await readLog(server, run.id);
    strictEqual(text.length, 10 * MIB);
    ok(!/[^x]/.test(text));
    deepStrictEqual(markers, []);
    ok(await peakMemory(server.child.pid!) < 256, `${await peakMemory(server.child.pid!)} MiB`);
  });

  it("is tried again as its policy says", async () => {
    const run = await ran("retries", {
      tasks: {
        third: {
          run: 'echo "try $ERRAND_ATTEMPT"; [ "$ERRAND_ATTEMPT" = 3 ]',
          retry: { attempts: 5, delay: "10ms" },
        },
        always: { run: "exit 9", retry: { attempts: 2, delay: "0s" }, allowFailure: true },
        slow: {
          run: "sleep 60",
          timeout: "50ms",
          retry: { attempts: 3, delay: "0s", causes: ["exit"] },
          allowFailure: true,
        },
      },
    });
    strictEqual(run.state, "succeeded");
    const codes = (name: string) => named(run, name).attempts.map(({ exitCode }) => exitCode);
    deepStrictEqual(codes("third"), [1, 1, 0]);
    deepStrictEqual(codes("always"), [9, 9]);
    strictEqual(named(run, "slow").attempts.length, 1);
    match((await readLog(server, run.id, "third")).text, /^try 1\ntry 2\ntry 3\n$/);
  });

  it("runs when its needs say so and its condition holds", async () => {
    await server.apply({
      name: "graph",
      params: { depth: { type: "integer", default: 1 } },
      tasks: {
        good: { run: "echo n=42 >> $ERRAND_OUTPUT", outputs: { n: "integer" } },
        bad: { run: "exit 1" },
        tolerated: { run: "exit 1", allowFailure: true },
        "on-success": { run: "true", needs: ["bad"] },
        "on-failure": { run: "true", needs: { bad: "failure" } },
        "on-any": { run: "true", needs: { bad: "any", good: "success" } },
        "not-failed": { run: "true", needs: { "on-success": "notFailed" } },
        "after-tolerated": { run: "true", needs: ["tolerated"] },
        deep: { run: "true", when: "params.depth > 1" },
        answer: { run: "true", needs: ["good"], when: "tasks.good.outputs.n == 42" },
      },
      after: {
        page: { run: "true", when: "run.outcome != 'succeeded'" },
        party: { run: "true", when: "run.outcome == 'succeeded'" },
        broken: { run: "exit 1" },
      },
    });
    const run = await server.ended(await server.run("graph"));
    strictEqual(run.state, "failed");
    deepStrictEqual(
      Object.fromEntries(
        run.tasks.map((t: Task) => [t.name, t.reason ? `${t.state} ${t.reason}` : t.state]),
      ),
      {
        good: "succeeded",
        bad: "failed exit",
        tolerated: "failed exit",
        "on-success": "skipped need",
        "on-failure": "succeeded",
        "on-any": "succeeded",
        "not-failed": "succeeded",
        "after-tolerated": "succeeded",
        deep: "skipped when",
        answer: "succeeded",
        page: "succeeded",
        party: "skipped when",
        broken: "failed exit",
      },
    );
    strictEqual(
      named(await server.ended(await server.run("graph", { depth: 2 })), "deep").state,
      "succeeded",
    );
  });

  it("runs beside at most `parallelism` others, and beside that many", async () => {
    const ledger = await Ledger.open();
    const meet = (me: string, other: string) =>
      `echo ${me} start >> $LEDGER; : > ${gates}/${me}; until [ -e ${gates}/${other} ]; do sleep 0.01; done; ` +
      `echo ${me} end >> $LEDGER`;
    const alone = (me: string) => `echo ${me} start >> $LEDGER; echo ${me} end >> $LEDGER`;
    const run = await ran("pairs", {
      parallelism: 2,
      env: { LEDGER: ledger.path },
      tasks: {
        a: { run: meet("a", "b") },
        b: { run: meet("b", "a") },
        c: { run: alone("c") },
        d: { run: alone("d") },
        e: { run: alone("e") },
      },
    });
    strictEqual(run.state, "succeeded");
    let now = 0;
    let most = 0;
    for (const { what } of await ledger.lines()) {
      now += what === "start" ? 1 : -1;
      most = Math.max(most, now);
    }
    await ledger.remove();
    strictEqual(most, 2);
  });

  it("gets the run's parameters as they are typed, and no shell reads them", async () => {
    await server.apply({
      name: "params",
      params: {
        text: { type: "string" },
        count: { type: "integer", default: 2 },
        rate: { type: "number", default: 1.5 },
        on: { type: "boolean", default: false },
      },
      tasks: {
        a: {
          command: [
            "printf",
            "%s|",
            "${{ params.text }}",
            "${{ params.count + 1 }}",
            "${{ params.rate }}",
            "${{ params.on }}",
          ],
        },
        b: { run: 'printf "%s" "$TEXT"', env: { TEXT: "${{ params.text }}" } },
      },
    });
    const text = "$(id) `id` '; id; \" && $HOME ${{ params.count }}";
    const run = await server.ended(await server.run("params", { text }));
    strictEqual(run.state, "succeeded");
    deepStrictEqual(run.params, { text, count: 2, rate: 1.5, on: false });
    strictEqual((await readLog(server, run.id, "a")).text, `${text}|3|1.5|false|`);
    strictEqual((await readLog(server, run.id, "b")).text, text);
  });

  it("hands typed outputs on", async () => {
    const run = await ran("outputs", {
      tasks: {
        a: {
          run: [
            'echo "n=-7" >> "$ERRAND_OUTPUT"',
            'echo "ok=true" >> "$ERRAND_OUTPUT"',
            `echo 'list=[1,{"a":null}]' >> "$ERRAND_OUTPUT"`,
            'printf "text<<EOF\\nfirst\\nsecond = x\\nEOF\\n" >> "$ERRAND_OUTPUT"',
          ].join("\n"),
          outputs: { n: "integer", ok: "boolean", list: "json", text: "string", absent: "string" },
        },
        b: {
          needs: ["a"],
          command: [
            "printf",
            "%s|",
            "${{ tasks.a.outputs.n - 1 }}",
            "${{ tasks.a.outputs.list[1] }}",
            "${{ tasks.a.outputs.?absent.orValue('none') }}",
          ],
        },
      },
    });
    strictEqual(run.state, "succeeded", JSON.stringify(run));
    deepStrictEqual(named(run, "a").outputs, {
      n: -7,
      ok: true,
      list: [1, { a: null }],
      text: "first\nsecond = x",
    });
    strictEqual((await readLog(server, run.id, "b")).text, '-8|{"a":null}|none|');
  });

  it("fails with cause `outputs` when they do not parse, do not fit, or are too large", async () => {
    const run = await ran("bad-outputs", {
      tasks: {
        type: { run: "echo n=many >> $ERRAND_OUTPUT", outputs: { n: "integer" } },
        unknown: { run: "echo m=1 >> $ERRAND_OUTPUT", outputs: { n: "integer" } },
        torn: { run: "echo 'n<<EOF' >> $ERRAND_OUTPUT", outputs: { n: "string" } },
        binary: { run: "printf 'n=\\377\\n' >> $ERRAND_OUTPUT", outputs: { n: "string" } },
        large: {
          run: "{ printf n=; head -c 1048577 /dev/zero | tr '\\0' x; } >> $ERRAND_OUTPUT",
          outputs: { n: "string" },
        },
        link: { run: "ln -sf /etc/passwd $ERRAND_OUTPUT", outputs: { n: "string" } },
        again: {
          run:
            'echo "n=$ERRAND_ATTEMPT" >> $ERRAND_OUTPUT; [ "$ERRAND_ATTEMPT" = 2 ] || echo n=x >> $ERRAND_OUTPUT',
          outputs: { n: "integer" },
          retry: { attempts: 2, delay: "0s", causes: ["outputs"] },
        },
      },
    });
    for (const name of ["type", "unknown", "torn", "binary", "large"]) {
      const task = named(run, name);
      deepStrictEqual([task.name, task.state, task.reason], [name, "failed", "outputs"]);
      ok(task.message!.length < 500, task.message);
      strictEqual(task.outputs, undefined);
    }
    match(named(run, "type").message!, /output n: expected an integer, found "many"/);
    ok(!JSON.stringify(named(run, "link")).includes("root:"), "a link leads out");
    deepStrictEqual([named(run, "again").state, named(run, "again").outputs], ["succeeded", {
      n: 2,
    }]);
  });

  it("sees exactly the environment that is declared, and nothing of the server's", async () => {
    const run = await ran("env", {
      env: { SHARED: "1", OVER: "pipeline" },
      tasks: { a: { command: ["/usr/bin/env", "-0"], env: { OVER: "task", COUNT: 3, ON: true } } },
    });
    const { text } = await readLog(server, run.id);
    const env = Object.fromEntries(
      text.split("\0").filter(Boolean).map((line) => {
        const at = line.indexOf("=");
        return [line.slice(0, at), line.slice(at + 1)];
      }),
    );
    deepStrictEqual(Object.keys(env).sort(), [
      "COUNT",
      "ERRAND_ATTEMPT",
      "ERRAND_NAMESPACE",
      "ERRAND_OUTPUT",
      "ERRAND_PIPELINE",
      "ERRAND_RUN_ID",
      "ERRAND_RUN_NUMBER",
      "ERRAND_TASK",
      "ERRAND_WORKSPACE",
      "HOME",
      "ON",
      "OVER",
      "PATH",
      "SHARED",
    ]);
    deepStrictEqual(
      [env["SHARED"], env["OVER"], env["COUNT"], env["ON"]],
      ["1", "task", "3", "true"],
    );
    deepStrictEqual(
      [env["ERRAND_RUN_ID"], env["ERRAND_RUN_NUMBER"], env["ERRAND_TASK"], env["ERRAND_ATTEMPT"]],
      [run.id, "1", "a", "1"],
    );
    deepStrictEqual([env["ERRAND_PIPELINE"], env["ERRAND_NAMESPACE"]], ["env", "default"]);
    ok(!text.includes("leaked"));
  });

  it("works in the run's folder, or in the one below that it names", async () => {
    const run = await ran("folders", {
      tasks: {
        a: { run: 'mkdir -p sub; echo shared > sub/file; [ "$(pwd -P)" = "$ERRAND_WORKSPACE" ]' },
        b: { run: "cat file", workdir: "sub", needs: ["a"] },
        c: { run: "true", workdir: "not-there", needs: ["a"], allowFailure: true },
      },
    });
    strictEqual(run.state, "succeeded", JSON.stringify(run));
    strictEqual((await readLog(server, run.id, "b")).text, "shared\n");
    const c = named(run, "c");
    strictEqual(c.state, "failed");
    match(c.message ?? c.attempts[0]!.message ?? "", /not-there/);
  });

  it("is cancelled by the run's own limit, after which `after` runs", async () => {
    const run = await ran("limited", {
      timeout: "300ms",
      tasks: {
        a: { run: "echo on; exec sleep 600", grace: "100ms" },
        b: { run: "true", needs: ["a"] },
      },
      after: { c: { run: "true" } },
    });
    strictEqual(run.state, "timed_out");
    const [a, b, c] = [named(run, "a"), named(run, "b"), named(run, "c")];
    deepStrictEqual([a.state, a.reason], ["cancelled", "run_timeout"]);
    deepStrictEqual([b.state, c.state], ["cancelled", "succeeded"]);
  });

  it("is started again by a rerun, with its parameters, those given replaced", async () => {
    await server.apply({
      name: "again",
      params: { a: { type: "string" }, b: { type: "string", default: "x" } },
      tasks: { t: { command: ["echo", "${{ params.a }}${{ params.b }}"] } },
    });
    const first = await server.ended(await server.run("again", { a: "1" }));
    const path = `/v1/namespaces/default/runs/${first.id}/rerun`;
    const { status, body } = await server.request("POST", path, { params: { b: "2" } });
    strictEqual(status, 202);
    const second = await server.ended(body.id);
    deepStrictEqual([second.rerunOf, second.number, second.version], [first.id, 2, first.version]);
    strictEqual((await readLog(server, second.id)).text, "12\n");
  });

  it("settles in the log, the events and the run with one and the same end", async () => {
    const run = await ran("told", { tasks: { a: { run: "echo out; echo err >&2; exit 4" } } });
    const env = { ERRAND_URL: server.url, ERRAND_TOKEN: server.token };
    const [show, logs, runs] = await Promise.all([
      world.errand(["show", "told#1", "--json"], { env }),
      world.errand(["logs", "told", "a"], { env }),
      world.errand(["runs", "told", "--state", "failed", "--json"], { env }),
    ]);
    deepStrictEqual(JSON.parse(show.stdout), run);
    strictEqual(logs.code, 0, logs.stderr);
    deepStrictEqual(logs.stdout.split("\n").sort(), ["", "err", "out"]);
    const { tasks: _, ...head } = run;
    deepStrictEqual(JSON.parse(runs.stdout), head);
    const follow = await world.errand(["rerun", "@last", "--follow", "--json"], { env });
    strictEqual(follow.code, 1);
  });

  it("may print 1 GB: bounded by a marker, the server small and answering", async () => {
    await server.apply({
      name: "flood",
      tasks: { a: { run: "yes errand | head -c 1073741824; echo done >&2" } },
    });
    const runId = await server.run("flood");
    const ended = server.ended(runId, 120_000);
    let over = false;
    void ended.finally(() => over = true).catch(() => {});
    let slowestMs = 0;
    let asked = 0;
    while (!over) {
      const from = performance.now();
      strictEqual((await server.request("GET", "/healthz")).status, 200);
      slowestMs = Math.max(slowestMs, performance.now() - from);
      asked++;
    }
    strictEqual((await ended).state, "succeeded");
    ok(asked > 1);
    ok(slowestMs < 1000, `/healthz took ${slowestMs} ms`);
    const { markers, text } = await readLog(server, runId);
    strictEqual(markers.length, 1);
    match(markers[0]!, /limit|quota|bytes/);
    ok(text.length <= 64 * MIB && text.length > 60 * MIB, `${text.length} are kept`);
    ok(await peakMemory(server.child.pid!) < 256, `${await peakMemory(server.child.pid!)} MiB`);
  });
});

describe("a task that waits for a slot", () => {
  it("ends timed out, untried, when it waits longer than its queue limit", async () => {
    const world = await World.open({ settings: "slots: 1\n" });
    const ledger = await Ledger.open();
    try {
      const server = await world.start();
      await server.apply({
        name: "queued",
        tasks: {
          a: ledger.task({ waits: true }),
          b: { run: "true", timeout: { queue: "100ms" }, retry: { attempts: 3, delay: "0s" } },
        },
      });
      const runId = await server.run("queued");
      await untilTask(server, runId, { task: "b", state: "timed_out" });
      await ledger.openGate();
      const run = await server.ended(runId);
      const b = named(run, "b");
      deepStrictEqual([run.state, b.state, b.attempts.length], ["failed", "timed_out", 0]);
      match(`${b.reason} ${b.message}`, /queue/);
    } finally {
      await ledger.remove();
      await world.close();
    }
  });
});

describe("the same file", () => {
  it("gives the same result with `errand dev` and on a server: tasks, ends, outputs and logs", async () => {
    const world = await World.open();
    try {
      const file = await world.file("same.yaml", SAME);
      const server = await world.start();
      const env = { ERRAND_URL: server.url, ERRAND_TOKEN: server.token };
      await world.errand(["apply", file], { env });
      const args = ["--param", "who=world", "--json"];
      const [dev, run] = await Promise.all([
        world.errand(["dev", file, ...args]),
        world.errand(["run", "same", "--follow", ...args], { env }),
      ]);
      deepStrictEqual([dev.code, run.code], [1, 1], dev.stderr + run.stderr);
      deepStrictEqual(timeless(dev.stdout), timeless(run.stdout));
      strictEqual(timeless(run.stdout).run.state, "failed");
    } finally {
      await world.close();
    }
  });
});

interface Attempt {
  readonly state: string;
  readonly reason?: string;
  readonly message?: string;
  readonly exitCode?: number;
  readonly signal?: string;
}

interface Task {
  readonly name: string;
  readonly state: string;
  readonly reason?: string;
  readonly message?: string;
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly attempts: readonly Attempt[];
}

interface Run {
  readonly id: string;
  readonly state: string;
  readonly tasks: readonly Task[];
}

const DEAF = "trap '' TERM; echo deaf; while :; do sleep 0.05; done";

const SAME = `
name: same
params: {who: {type: string}}
env: {WHO: "\${{ params.who }}"}
tasks:
  hello: {run: 'echo "hello $WHO"; echo n=1 >> $ERRAND_OUTPUT', outputs: {n: integer}}
  fails: {run: exit 7}
  handler: {run: echo handled, needs: {fails: failure}}
  skipped: {run: echo no, needs: [fails]}
  retried: {run: '[ $ERRAND_ATTEMPT = 2 ]', retry: {attempts: 3, delay: 10ms}}
  missing: {command: [no-such-program], allowFailure: true}
  late: {run: exec sleep 600, timeout: 200ms, grace: 100ms, allowFailure: true}
  deaf: {run: "trap '' TERM; while :; do sleep 0.02; done", timeout: 200ms, grace: 100ms, allowFailure: true}
  outputs: {run: echo n=x >> $ERRAND_OUTPUT, outputs: {n: integer}, allowFailure: true}
  count: {command: [echo, "\${{ tasks.hello.outputs.n + 1 }}"], needs: [hello]}
  when: {run: echo, needs: [hello], when: tasks.hello.outputs.n > 1}
  binary: {run: "printf 'a\\\\000\\\\377b'"}
after:
  last: {command: [echo, "\${{ run.outcome }}"]}
`;

function named(run: Run, name: string): Task {
  return run.tasks.find((task) => task.name === name)!;
}

async function cancel(server: ServerProcess, runId: string, body = {}): Promise<void> {
  const path = `/v1/namespaces/default/runs/${runId}/cancel`;
  const { status } = await server.request("POST", path, body);
  strictEqual(status, 200);
}

/** The lines of a followed run without ids and times; logs joined by task and stream. */
function timeless(output: string) {
  const lines = output.trim().split("\n").map((line) => JSON.parse(line));
  const logs: Record<string, string> = {};
  for (const { type, task, attempt, stream, text } of lines) {
    if (type === "log") {
      logs[`${task} ${attempt} ${stream}`] = (logs[`${task} ${attempt} ${stream}`] ?? "") + text;
    }
  }
  const states = lines.filter(({ type }) => type === "task")
    .map(({ task, attempt, state, reason }) => [task, attempt, state, reason])
    .filter(([, , state]) => !/^(?:queued|starting|running)$/.test(state))
    .map((it) => JSON.stringify(it)).sort();
  const run = lines.at(-1);
  return { logs, states, run: withoutTimes(run) };
}

function withoutTimes(value: any): any { // deno-lint-ignore-line no-explicit-any
  if (Array.isArray(value)) return value.map(withoutTimes);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([key]) =>
    !/At$/.test(key) && key !== "id" && key !== "phases" && key !== "usage" && key !== "initiator"
  );
  return Object.fromEntries(entries.map(([key, it]) => [key, withoutTimes(it)]));
}
