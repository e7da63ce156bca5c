import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { describe, it } from "node:test";
import { readLog } from "../support/observe.ts";
import { named, served, type Task } from "./served.ts";

describe("a run of a server", () => {
  const at = served({ settings: "slots: 4\n" });

  it("is tried again as its policy says", async () => {
    const run = await at.ran("retries", {
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
    match((await readLog(at.server, run.id, "third")).text, /^try 1\ntry 2\ntry 3\n$/);
  });

  it("runs when its needs say so and its condition holds", async () => {
    await at.server.apply({
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
    const run = await at.server.ended(await at.server.run("graph"));
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
      named(await at.server.ended(await at.server.run("graph", { depth: 2 })), "deep").state,
      "succeeded",
    );
  });

  it("runs beside at most `parallelism` others, and beside that many", async () => {
    const ledger = await at.world.ledger();
    const meet = (me: string, other: string) =>
      `echo ${me} start >> $LEDGER; : > ${at.gates}/${me}; until [ -e ${at.gates}/${other} ]; do sleep 0.01; done; ` +
      `echo ${me} end >> $LEDGER`;
    const alone = (me: string) => `echo ${me} start >> $LEDGER; echo ${me} end >> $LEDGER`;
    const run = await at.ran("pairs", {
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
    strictEqual(most, 2);
  });

  it("hands typed outputs on", async () => {
    const run = await at.ran("outputs", {
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
    strictEqual((await readLog(at.server, run.id, "b")).text, '-8|{"a":null}|none|');
  });

  it("fails with cause `outputs` when they do not parse, do not fit, or are too large", async () => {
    const run = await at.ran("bad-outputs", {
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

  it("is started again by a rerun, with its parameters, those given replaced", async () => {
    await at.server.apply({
      name: "again",
      params: { a: { type: "string" }, b: { type: "string", default: "x" } },
      tasks: { t: { command: ["echo", "${{ params.a }}${{ params.b }}"] } },
    });
    const first = await at.server.ended(await at.server.run("again", { a: "1" }));
    const path = `/v1/namespaces/default/runs/${first.id}/rerun`;
    const { status, body } = await at.server.request("POST", path, { params: { b: "2" } });
    strictEqual(status, 202);
    const second = await at.server.ended(body.id);
    deepStrictEqual([second.rerunOf, second.number, second.version], [first.id, 2, first.version]);
    strictEqual((await readLog(at.server, second.id)).text, "12\n");
  });

  it("settles in the log, the events and the run with one and the same end", async () => {
    const run = await at.ran("told", { tasks: { a: { run: "echo out; echo err >&2; exit 4" } } });
    const env = { ERRAND_URL: at.server.url, ERRAND_TOKEN: at.server.token };
    const [show, logs, runs] = await Promise.all([
      at.world.errand(["show", "told#1", "--json"], { env }),
      at.world.errand(["logs", "told", "a"], { env }),
      at.world.errand(["runs", "told", "--state", "failed", "--json"], { env }),
    ]);
    deepStrictEqual(JSON.parse(show.stdout), run);
    strictEqual(logs.code, 0, logs.stderr);
    deepStrictEqual(logs.stdout.split("\n").sort(), ["", "err", "out"]);
    const { tasks: _, ...head } = run;
    deepStrictEqual(JSON.parse(runs.stdout), head);
    const follow = await at.world.errand(["rerun", "@last", "--follow", "--json"], { env });
    strictEqual(follow.code, 1);
  });
});
