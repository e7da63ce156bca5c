import assert from "node:assert/strict";
import { test } from "node:test";
import { OPERATIONS, Problem, type RouteId, ROUTES } from "../../protocol/http/mod.ts";
import { apiFixture, TWO_TASKS } from "../../test/support/api-fixture.ts";

const RUNS = "/v1/namespaces/default/runs";
const TWO = "/v1/namespaces/default/pipelines/two";

async function json(response: Response, route: RouteId): Promise<Record<string, unknown>> {
  const text = await response.text();
  assert.equal(response.status, OPERATIONS[route].status, text);
  assert.match(response.headers.get("content-type") ?? "", /^application\/json/);
  const value = JSON.parse(text) as Record<string, unknown>;
  const read = OPERATIONS[route].answer!.safeParse(value);
  assert.ok(read.success, `${route}: ${read.error?.message} in ${text}`);
  assert.deepEqual(read.data, value, `${route} answers a key that its schema has not`);
  return value;
}

async function problem(response: Response, status: number, code: string) {
  assert.equal(response.status, status);
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  const document = Problem.parse(await response.json());
  assert.equal(document.code, code);
  assert.equal(document.status, status);
  return document;
}

test("every answer is as its schema says", async () => {
  const { request, memory } = await apiFixture();
  await json(await request("GET", "/healthz", { token: null }), "getHealth");
  await json(await request("GET", "/readyz", { token: null }), "getReadiness");
  await json(await request("GET", "/openapi.json"), "getOpenApi");
  const version = await json(await request("GET", "/v1/version"), "getVersion");
  assert.equal(version.runtime, "Deno" in globalThis ? "deno" : "node");
  await json(await request("GET", "/v1/status"), "getStatus");
  await json(await request("GET", "/v1/plugins"), "listPlugins");
  await json(await request("GET", "/v1/schema/pipeline.json"), "getPipelineSchema");
  await json(await request("GET", "/v1/namespaces/default/pipelines"), "listPipelines");
  await json(await request("GET", TWO), "getPipeline");
  await json(await request("GET", `${TWO}/versions`), "listVersions");
  const submitted = await json(
    await request("POST", `${TWO}/runs`, { body: { params: { depth: 3 } } }),
    "submitRun",
  );
  const run = await json(await request("GET", `${RUNS}/${submitted.id}`), "getRun");
  assert.deepEqual(run.params, { depth: 3 });
  assert.equal(run.initiator, "user:admin");
  await json(await request("GET", RUNS), "listRuns");
  const again = await json(await request("POST", `${RUNS}/two/rerun`), "rerunRun");
  assert.equal(memory.runs.get(Number(again.id))?.rerunOf, Number(submitted.id));
  await json(await request("POST", `${RUNS}/two/cancel`, { body: { force: true } }), "cancelRun");
  assert.deepEqual(memory.cancels, [{ runId: Number(again.id), force: true, by: "user:admin" }]);
  await json(await request("GET", `${RUNS}/two/logs`), "readLogs");
  await json(await request("DELETE", TWO), "removePipeline");
});

test("a run is found by id, by its pipeline, by its number and as the last one", async () => {
  const { request } = await apiFixture();
  await request("PUT", "/v1/namespaces/default/pipelines/other", {
    body: { ...TWO_TASKS, name: "other" },
  });
  const ids: string[] = [];
  for (const name of ["two", "two", "other"]) {
    const path = `/v1/namespaces/default/pipelines/${name}/runs`;
    ids.push((await (await request("POST", path)).json()).id);
  }
  const cases: readonly [ref: string, id: string | undefined][] = [
    [ids[0]!, ids[0]],
    ["two", ids[1]],
    ["two%231", ids[0]],
    ["@last", ids[2]],
    ["two%237", undefined],
    ["none", undefined],
    ["99999999999999999999", undefined],
  ];
  for (const [ref, id] of cases) {
    const response = await request("GET", `${RUNS}/${ref}`);
    if (id === undefined) await problem(response, 404, "not_found");
    else assert.equal((await response.json()).id, id, ref);
  }
  await problem(await request("GET", `${RUNS}/A_B`), 400, "invalid");
});

test("a run of another namespace is not found, whoever asks for what of it", async () => {
  const { request, memory } = await apiFixture();
  const { id } = await (await request("POST", `${TWO}/runs`)).json();
  const elsewhere = `/v1/namespaces/other/runs/${id}`;
  for (
    const [method, path] of [
      ["GET", elsewhere],
      ["GET", `${elsewhere}/logs`],
      ["POST", `${elsewhere}/cancel`],
      ["POST", `${elsewhere}/rerun`],
    ] as const
  ) {
    await problem(await request(method, path), 404, "not_found");
  }
  assert.deepEqual(memory.cancels, []);
  assert.equal(memory.runs.size, 1);
});

test("a run whose definition cannot be read is not run again", async () => {
  const { request, memory } = await apiFixture();
  const { id } = await (await request("POST", `${TWO}/runs`)).json();
  const run = memory.runs.get(Number(id))!;
  memory.put({ ...run, definition: { ...run.definition, tasks: [] }, tasks: [] });
  await problem(await request("POST", `${RUNS}/${id}/rerun`), 500, "corrupt");
  assert.equal(memory.runs.size, 1);
});

test("lists are paged, filtered, and refuse what they do not know", async () => {
  const { request } = await apiFixture();
  for (let i = 0; i < 5; i++) await request("POST", `${TWO}/runs`);
  const numbers: number[] = [];
  let cursor: string | undefined;
  do {
    const query: string = cursor === undefined ? "" : `&cursor=${cursor}`;
    const page = await (await request("GET", `${RUNS}?limit=2${query}`)).json();
    numbers.push(...page.items.map(({ number }: { number: number }) => number));
    cursor = page.cursor;
  } while (cursor !== undefined);
  assert.deepEqual(numbers, [5, 4, 3, 2, 1]);
  const failed = await (await request("GET", `${RUNS}?state=failed`)).json();
  assert.deepEqual(failed, { items: [] });
  for (const query of ["limit=0", "limit=501", "state=odd", "cursor=x", "colour=red"]) {
    await problem(await request("GET", `${RUNS}?${query}`), 400, "invalid");
  }
});

test("an equal pipeline changes nothing, a changed one is a new version, If-Match guards it", async () => {
  const { request } = await apiFixture();
  const first = await (await request("GET", TWO)).json();
  const same = await (await request("PUT", TWO, { body: TWO_TASKS })).json();
  assert.deepEqual(same, { pipeline: "two", version: 1, hash: first.hash, changed: false });
  const next = { ...TWO_TASKS, description: "another" };
  const dry = await (await request("PUT", `${TWO}?dryRun=true`, { body: next })).json();
  assert.deepEqual({ ...dry, hash: "" }, { pipeline: "two", version: 2, hash: "", changed: true });
  assert.equal((await (await request("GET", TWO)).json()).version, 1);
  for (const tag of ["2", `"${"0".repeat(64)}"`]) {
    const refused = await request("PUT", TWO, { body: next, headers: { "if-match": tag } });
    const { version } = await problem(refused, 412, "conflict");
    assert.equal(version, 1);
  }
  const headers = { "if-match": `"${first.hash}"` };
  const response = await request("PUT", TWO, { body: next, headers });
  const applied = await response.json();
  assert.equal(applied.version, 2);
  assert.equal(response.headers.get("etag"), `"${applied.hash}"`);
  const old = await (await request("GET", `${TWO}?version=1`)).json();
  assert.equal(old.hash, first.hash);
  const { items } = await (await request("GET", `${TWO}/versions`)).json();
  assert.deepEqual(
    items.map(({ version, live }: { version: number; live: boolean }) => [version, live]),
    [[2, true], [1, false]],
  );
});

test("two changes at once that expect the same version: one wins", async () => {
  const { request } = await apiFixture();
  const answers = await Promise.all(["x", "y"].map((description) =>
    request("PUT", TWO, {
      body: { ...TWO_TASKS, description },
      headers: { "if-match": "1" },
    })
  ));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 412]);
});

test("a removed pipeline is gone for new runs, its versions and runs stay", async () => {
  const { request } = await apiFixture();
  const { id } = await (await request("POST", `${TWO}/runs`)).json();
  assert.deepEqual(await (await request("DELETE", TWO)).json(), { pipeline: "two", changed: true });
  assert.deepEqual(await (await request("DELETE", TWO)).json(), {
    pipeline: "two",
    changed: false,
  });
  await problem(await request("GET", TWO), 404, "not_found");
  await problem(await request("POST", `${TWO}/runs`), 404, "not_found");
  assert.equal((await request("GET", `${RUNS}/${id}`)).status, 200);
  assert.equal((await request("GET", `${TWO}?version=1`)).status, 200);
  await problem(
    await request("DELETE", "/v1/namespaces/default/pipelines/never"),
    404,
    "not_found",
  );
});

test("an invalid pipeline lists its problems with places, and nothing is stored", async () => {
  const { request, memory } = await apiFixture();
  const text = '{\n  "name": "bad",\n  "tasks": {\n    "a": {"runn": "true"}\n  }\n}';
  const path = "/v1/namespaces/default/pipelines/bad";
  const { problems } = await problem(await request("PUT", path, { text }), 400, "invalid");
  assert.ok(problems!.some(({ code, line }) => code === "unknown_key" && line === 4));
  assert.equal(memory.versions.length, 1);
  const other = await request("PUT", path, { body: TWO_TASKS });
  assert.match((await problem(other, 400, "invalid")).detail, /names the pipeline bad/);
});

test("the same idempotency key answers the first run, with another body it is a conflict", async () => {
  const { request, memory } = await apiFixture();
  const headers = { "idempotency-key": "k1" };
  const first = await (await request("POST", `${TWO}/runs`, { headers, body: {} })).json();
  const text = '{ "params" : {} }';
  assert.deepEqual(await (await request("POST", `${TWO}/runs`, { headers, text })).json(), first);
  assert.equal(memory.runs.size, 1);
  const body = { params: { depth: 9 } };
  await problem(await request("POST", `${TWO}/runs`, { headers, body }), 409, "conflict");
  const long = { "idempotency-key": "k".repeat(201) };
  await problem(await request("POST", `${TWO}/runs`, { headers: long }), 400, "invalid");
});

test("bad bodies are problems: not JSON with its place, unknown keys, wrong parameters", async () => {
  const { request, memory } = await apiFixture();
  const post = (text: string) => request("POST", `${TWO}/runs`, { text });
  const { problems } = await problem(await post('{\n "params": {,}}'), 400, "invalid");
  assert.deepEqual(
    problems!.map(({ code, line, column }) => [code, line, column]),
    [["syntax", 2, 13]],
  );
  await problem(await post('{"parms":{}}'), 400, "invalid");
  await problem(await post("[]"), 400, "invalid");
  const wrong = await problem(await post('{"params":{"depth":"deep"}}'), 400, "invalid");
  assert.match(wrong.detail, /depth/);
  const unknown = await problem(await post('{"params":{"dept":1}}'), 400, "invalid");
  assert.match(unknown.detail, /depth/);
  assert.equal(memory.runs.size, 0);
});

test("__proto__ in a body pollutes nothing", async () => {
  const { request } = await apiFixture();
  await request("POST", `${TWO}/runs`, { text: '{"__proto__":{"polluted":1},"params":{}}' });
  await request("POST", `${TWO}/runs`, { text: '{"params":{"__proto__":{"polluted":1}}}' });
  await request("PUT", TWO, { text: '{"__proto__":{"polluted":1},"name":"two"}' });
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
});

test("unknown paths are 404, other methods 405 with what is allowed", async () => {
  const { request } = await apiFixture();
  await problem(await request("GET", "/v1/nothing"), 404, "not_found");
  await problem(await request("GET", "/"), 404, "not_found");
  const response = await request("PATCH", TWO);
  await problem(response, 405, "unsupported");
  assert.equal(response.headers.get("allow"), "GET, PUT, DELETE");
  await problem(await request("OPTIONS", RUNS), 405, "unsupported");
});

test("not ready: /readyz says why, /healthz goes on", async () => {
  const { request, memory } = await apiFixture();
  memory.notReady = "another server holds the lease";
  const { detail } = await problem(await request("GET", "/readyz"), 503, "unavailable");
  assert.equal(detail, memory.notReady);
  assert.equal((await request("GET", "/healthz")).status, 200);
});

test("a fault of ours tells the caller nothing and the log everything but the token", async () => {
  const { request, memory } = await apiFixture();
  memory.fault = new Error("password=hunter2");
  const response = await request("GET", RUNS);
  const document = await problem(response, 500, "internal");
  assert.doesNotMatch(JSON.stringify(document), /hunter2/);
  assert.equal(memory.warnings.length, 1);
  assert.doesNotMatch(JSON.stringify(memory.warnings), /errand_[a-z0-9]{12}_/);
});

test("every route of the table is served", async () => {
  const { request } = await apiFixture();
  for (const [id, route] of Object.entries(ROUTES)) {
    const path = route.path.replace("{namespace}", "default").replace("{pipeline}", "two")
      .replace("{run}", "@last");
    const response = await request(route.method, path);
    assert.notEqual(response.status, 405, id);
    const missing = response.status === 404 &&
      /no such path/.test((await response.clone().json()).detail);
    assert.ok(!missing, id);
    await response.body?.cancel();
  }
});
