import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { readLog, untilLog } from "../../support/observe.ts";
import type { ServerProcess } from "../../support/server-process.ts";
import { World } from "../../support/world.ts";

/** With characters that every encoding escapes, long enough to be cut by every border. */
const SECRET = 'Zr8/q+Kp "w%\\7 é=&Tz0-hunter2';
const LINES = "first-line-of-the-key\nsecond/line+of the key";

/** SECURITY.md 8, 9, 10 and FAULTS.md I7: where a secret may not be. */
describe("a secret of a pipeline", () => {
  let world: World;
  let server: ServerProcess;
  before(async () => {
    world = await World.open();
    server = await world.start({
      env: {
        ERRAND_SECRET_X: SECRET,
        ERRAND_SECRET_LONG_KEY: LINES,
        ERRAND_SECRET_OTHER: "never-asked-for",
        ERRAND_LOG_LEVEL: "debug",
      },
    });
  });
  after(() => world.close());

  it("8: is masked in the log in every form that a task can print, also across writes", async () => {
    await server.apply({
      name: "prints",
      env: {
        X: "${{ secrets.x }}",
        L: "${{ secrets['long-key'] }}",
        J: "a ${{ secrets.x + 'b' }}",
      },
      tasks: {
        // the secret's length shows that it came in
        plain: {
          run:
            'printf %s "$X" | wc -c; printf "<%s>\\n" "$X"; printf "%s\\n" "$J"; printf %s "$X" >&2',
        },
        base64: {
          run:
            'printf %s "$X" | base64 -w0; echo; printf "a%s" "$X" | base64 -w0; echo; printf "ab%s" "$X" | base64 -w0; echo; printf "%s\\n" "$X" | base64',
        },
        hex: {
          run:
            'printf %s "$X" | od -An -v -tx1 | tr -d " \\n"; echo; printf %s "$X" | od -An -v -tx1 | tr -d " \\n" | tr a-f A-F',
        },
        lines: { run: 'printf "%s\\n" "$L"; printf %s "$L" | sed "s/^/> /"' },
        slowly: {
          run:
            'printf %s "$X" | { while IFS= read -r -n 1 c; do printf %s "$c"; sleep 0.002; done; } ; echo',
          shell: ["/bin/bash", "-c"],
        },
        filler: {
          run:
            'head -c 65530 /dev/zero | tr "\\0" .; printf "%s" "$X"; head -c 65530 /dev/zero | tr "\\0" .',
        },
        fails: {
          run: 'printf "%s\\n" "$X" >&2; exit 3',
          allowFailure: true,
          retry: { attempts: 2, delay: "0s" },
        },
      },
    });
    const runId = await server.run("prints");
    const run = await server.ended(runId);
    strictEqual(run.state, "succeeded", JSON.stringify(run));
    const { text } = await readLog(server, runId);
    checkAbsent(text, "the log");
    match((await readLog(server, runId, "plain")).text, /^\s*30\n/);
    strictEqual(Buffer.byteLength(SECRET), 30);
    ok((await readLog(server, runId, "filler")).text.length > 130_000);
  });

  it("8: is masked in the forms of programs that escape it", async () => {
    const escaped = [
      encodeURIComponent(SECRET),
      encodeURIComponent(SECRET).replaceAll("%20", "+"),
      JSON.stringify(SECRET).slice(1, -1),
      JSON.stringify(SECRET).slice(1, -1).replaceAll("/", "\\/"),
    ];
    // a file that the task prints stands for the program: the pipeline itself must not hold a secret
    const file = await world.file("escaped", escaped.join("\n"));
    await server.apply({
      name: "escaped",
      tasks: { a: { command: ["cat", file], env: { X: "${{ secrets.x }}" } } },
    });
    const run = await server.ended(await server.run("escaped"));
    strictEqual(run.state, "succeeded");
    const { text } = await readLog(server, run.id);
    strictEqual(text.split("\n").length, escaped.length);
    checkAbsent(text, "the log");
  });

  it("10: comes by the environment, and stands in no argument of any process", async () => {
    await server.apply({
      name: "waits",
      tasks: { a: { run: "echo on; exec sleep 600", env: { X: "${{ secrets.x }}" } } },
    });
    const runId = await server.run("waits");
    await untilLog(server, runId, { task: "a", text: "on" });
    const commands = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8");
      } catch {
        return ""; // it has just ended
      }
    });
    ok(commands.some((text) => text.includes("sleep\u0000600")));
    checkAbsent(commands.join("\n"), "the arguments of processes");
    const path = `/v1/namespaces/default/runs/${runId}/cancel`;
    await server.request("POST", path, { force: true });
    await server.ended(runId);
  });

  it("10: reaches only the tasks that ask for it; no other variable of the server comes along", async () => {
    await server.apply({
      name: "asks",
      tasks: {
        with: { run: 'printf %s "$X" | wc -c', env: { X: "${{ secrets.x }}" } },
        without: { command: ["/usr/bin/env"] },
      },
    });
    const run = await server.ended(await server.run("asks"));
    match((await readLog(server, run.id, "with")).text, /^\s*30\n$/);
    const { text } = await readLog(server, run.id, "without");
    doesNotMatch(text, /ERRAND_SECRET|hunter2|never-asked/);
  });

  it("that does not exist fails the task before it starts, and says which", async () => {
    await server.apply({
      name: "unknown",
      tasks: { a: { run: "true", env: { X: "${{ secrets.nowhere }}" } } },
    });
    const run = await server.ended(await server.run("unknown"));
    strictEqual(run.state, "failed");
    const [task] = run.tasks;
    match(`${task.message} ${task.attempts[0]?.message}`, /nowhere/);
  });

  it("8, 9, I7: is in no file of the data directory, no event, no answer, no line of the server", async () => {
    const { body: page } = await server.request("GET", "/v1/namespaces/default/runs");
    ok(page.items.length >= 4, "the tests above left runs");
    for (const { id } of page.items) {
      checkAbsent(JSON.stringify(await server.show(id)), `run ${id}`);
      checkAbsent((await readLog(server, id)).text, `the log of run ${id}`);
    }
    checkAbsent(await recordedEvents(server), "the events");
    // once more, when the server has written everything out
    for (const moment of ["while it runs", "after it has ended"]) {
      const files = readdirSync(world.dataDir, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile());
      ok(files.some(({ name }) => name === "errand.db"));
      ok(files.some(({ name }) => name.endsWith(".log")));
      for (const { parentPath, name } of files) {
        const bytes = await readFile(join(parentPath, name));
        checkAbsent(bytes.toString("latin1"), `${name} ${moment}`);
        checkAbsent(bytes.toString("utf8"), `${name} ${moment}`);
      }
      if (moment === "while it runs") await server.stop();
    }
    checkAbsent(server.stderr, "what the server said");
    ok(server.stderr.includes("listening"));
  });
});

/** SECURITY.md 25: outputs go to the database, to other tasks and to whoever may see the run. */
describe("an output with a secret in it", () => {
  const X = "${{ secrets.x }}";
  const cases: Readonly<Record<string, Record<string, unknown>>> = {
    exact: {
      run: 'printf "v<<EOF\\n%s\\nEOF\\n" "$X" >> $ERRAND_OUTPUT',
      outputs: { v: "string" },
    },
    inside: {
      run: 'printf "v<<EOF\\na %s b\\nEOF\\n" "$X" >> $ERRAND_OUTPUT',
      outputs: { v: "string" },
    },
    "of another type": {
      run: 'printf "n=%s\\n" "$X" >> $ERRAND_OUTPUT',
      outputs: { n: "integer" },
    },
    "as its name": { run: 'printf "%s=1\\n" "$X" >> $ERRAND_OUTPUT', outputs: { n: "integer" } },
    "escaped in JSON": {
      run:
        `printf 'v={"k":"%s"}\\n' "$(printf %s "$X" | sed 's/\\\\/\\\\\\\\/g; s/"/\\\\"/g')" >> $ERRAND_OUTPUT`,
      outputs: { v: "json" },
    },
    "as base64": {
      run: 'printf "v=%s\\n" "$(printf %s "$X" | base64 -w0)" >> $ERRAND_OUTPUT',
      outputs: { v: "string" },
    },
    "as hex": {
      run: 'printf "v=%s\\n" "$(printf %s "$X" | od -An -v -tx1 | tr -d " \\n")" >> $ERRAND_OUTPUT',
      outputs: { v: "string" },
    },
  };
  let world: World;
  let server: ServerProcess;
  before(async () => {
    world = await World.open();
    server = await world.start({ env: { ERRAND_SECRET_X: SECRET } });
  });
  after(() => world.close());

  for (const [title, task] of Object.entries(cases)) {
    it(`25: ${title} is refused, and the message does not show it`, async () => {
      await server.apply({ name: "leaks", env: { X }, tasks: { a: task } });
      const run = await server.ended(await server.run("leaks"));
      const [{ state, reason, outputs }] = run.tasks;
      deepStrictEqual([state, reason, outputs], ["failed", "outputs", undefined]);
      checkAbsent(JSON.stringify(run), "the run");
    });
  }
});

/** Every form of the secrets that a search through bytes would find. */
const FORMS: readonly string[] = [SECRET, ...LINES.split("\n"), LINES].flatMap((secret) => {
  const bytes = Buffer.from(secret);
  const hex = bytes.toString("hex");
  // the middle of a base64 text at each alignment: its ends depend on what stands beside
  const inner = [0, 1, 2].map((before) =>
    Buffer.concat([Buffer.alloc(before), bytes]).toString("base64").slice(4, -6)
  );
  return [
    secret,
    bytes.toString("latin1"),
    ...inner,
    hex,
    hex.toUpperCase(),
    encodeURIComponent(secret),
    encodeURIComponent(secret).replaceAll("%20", "+"),
    JSON.stringify(secret).slice(1, -1),
  ];
}).concat(["hunter2", "Zr8/q", "second/line"]);

function checkAbsent(text: string, where: string): void {
  for (const form of FORMS) {
    const at = text.indexOf(form);
    if (at >= 0) {
      throw new Error(`${where} has ${form}: …${text.slice(Math.max(0, at - 60), at + 60)}…`);
    }
  }
}

/** Every event that is kept, as the stream gives them. */
async function recordedEvents(server: ServerProcess): Promise<string> {
  const response = await fetch(`${server.url}/v1/namespaces/default/events?after=0`, {
    headers: { authorization: `Bearer ${server.token}`, accept: "text/event-stream" },
    signal: AbortSignal.timeout(10_000),
  });
  const { body } = await server.request("GET", "/v1/namespaces/default/runs?limit=1");
  const last: string = body.items[0].id;
  let text = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const ended = text.split("\n\n").some((block) =>
      block.includes(last) && /"type":"run"/.test(block) &&
      /"state":"(?:failed|succeeded)"/.test(block)
    );
    if (ended) return text;
  }
  throw new Error("the stream of events ended");
}
