import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { describe, it } from "node:test";
import { readLog } from "../support/observe.ts";
import { named, served } from "./served.ts";

describe("what a task of a server gets", () => {
  const at = served({ env: { ERRAND_LEAK: "leaked", LEAK: "leaked" } });

  it("gets the run's parameters as they are typed, and no shell reads them", async () => {
    await at.server.apply({
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
    const run = await at.server.ended(await at.server.run("params", { text }));
    strictEqual(run.state, "succeeded");
    deepStrictEqual(run.params, { text, count: 2, rate: 1.5, on: false });
    strictEqual((await readLog(at.server, run.id, "a")).text, `${text}|3|1.5|false|`);
    strictEqual((await readLog(at.server, run.id, "b")).text, text);
  });

  it("sees exactly the environment that is declared, and nothing of the server's", async () => {
    const run = await at.ran("env", {
      env: { SHARED: "1", OVER: "pipeline" },
      tasks: { a: { command: ["/usr/bin/env", "-0"], env: { OVER: "task", COUNT: 3, ON: true } } },
    });
    const { text } = await readLog(at.server, run.id);
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
    const run = await at.ran("folders", {
      tasks: {
        a: { run: 'mkdir -p sub; echo shared > sub/file; [ "$(pwd -P)" = "$ERRAND_WORKSPACE" ]' },
        b: { run: "cat file", workdir: "sub", needs: ["a"] },
        c: { run: "true", workdir: "not-there", needs: ["a"], allowFailure: true },
      },
    });
    strictEqual(run.state, "succeeded", JSON.stringify(run));
    strictEqual((await readLog(at.server, run.id, "b")).text, "shared\n");
    const c = named(run, "c");
    strictEqual(c.state, "failed");
    match(c.message ?? c.attempts[0]!.message ?? "", /not-there/);
  });
});
