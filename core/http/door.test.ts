import assert from "node:assert/strict";
import { test } from "node:test";
import { roleIncludes, ROLES, type Route, ROUTES } from "../../protocol/http/mod.ts";
import { apiFixture } from "../../test/support/api-fixture.ts";
import { FailureThrottle } from "./failure-throttle.ts";
import { createToken, isToken, tokenPrefix } from "./token.ts";

const RUNS = "/v1/namespaces/default/runs";

test("each role may call exactly the routes that the table says", async () => {
  const { request } = await apiFixture();
  for (const [id, route] of Object.entries(ROUTES) as [string, Route][]) {
    assert.ok(route.policy, `${id} has no policy`);
    const path = route.path.replace("{namespace}", "default").replace("{pipeline}", "none")
      .replace("{run}", "1");
    const anonymous = await request(route.method, path, { token: null });
    await anonymous.body?.cancel();
    assert.equal(anonymous.status === 401, route.policy.access !== "public", `${id} anonymous`);
    for (const role of ROLES) {
      const response = await request(route.method, path, { role });
      await response.body?.cancel();
      const may = route.policy.access === "public" || roleIncludes(role, route.policy.role);
      assert.equal(response.status === 403, !may, `${id} as ${role}: ${response.status}`);
      assert.notEqual(response.status, 401, id);
    }
  }
});

test("only health needs no token", () => {
  const open = Object.entries(ROUTES as Record<string, Route>)
    .filter(([, { policy }]) => policy.access === "public").map(([id]) => id);
  assert.deepEqual(open, ["getHealth", "getReadiness"]);
});

test("a token of another namespace is refused, and sees no events of this one", async () => {
  const { request, memory } = await apiFixture();
  const token = memory.token("admin", { namespaces: ["team"] });
  for (const route of Object.values(ROUTES) as Route[]) {
    if (route.policy.access === "public" || route.policy.scope !== "namespace") continue;
    const path = route.path.replace("{namespace}", "default").replace("{pipeline}", "two")
      .replace("{run}", "1");
    assert.equal((await request(route.method, path, { token })).status, 403, path);
  }
  assert.equal((await request("GET", "/v1/namespaces/team/runs", { token })).status, 200);
  const response = await request("GET", "/v1/events", { token });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  assert.match((await reader.read()).value!, /event: open/);
  const event = { type: "run", runId: "1", pipeline: "p", number: 1, state: "queued" } as const;
  memory.publish([{ ...event, namespace: "default" }, { ...event, namespace: "team" }]);
  const { value } = await reader.read();
  assert.match(value!, /"namespace":"team"/);
  assert.doesNotMatch(value!, /"namespace":"default"/);
  await reader.cancel();
});

test("a wrong, expired, revoked or malformed token is refused and never repeated", async () => {
  const { request, memory } = await apiFixture();
  const good = memory.token("viewer");
  const cases: readonly [string, RegExp][] = [
    [createToken().text, /not known/],
    [good.slice(0, -1) + (good.endsWith("A") ? "B" : "A"), /not known/],
    [memory.token("viewer", { expiresAtMs: memory.nowMs }), /expired/],
    [memory.token("viewer", { revokedAtMs: 1 }), /revoked/],
    ["x", /not known/],
    ["a b", /needs a token/],
  ];
  for (const [token, message] of cases) {
    const response = await request("GET", RUNS, { token });
    assert.equal(response.status, 401);
    assert.match(response.headers.get("www-authenticate") ?? "", /^Bearer/);
    const text = await response.text();
    assert.match(text, message);
    assert.doesNotMatch(text, /errand_/);
  }
  const basic = await request("GET", RUNS, {
    token: null,
    headers: { authorization: `Basic ${good}` },
  });
  assert.equal(basic.status, 401);
  assert.equal((await request("GET", RUNS, { token: good })).status, 200);
});

test("the use of a token is noted once a minute", async () => {
  const { request, memory } = await apiFixture();
  const token = memory.token("viewer", { id: "mine" });
  const uses = () => memory.used.filter((id) => id === "mine").length;
  await request("GET", RUNS, { token });
  await request("GET", RUNS, { token });
  assert.equal(uses(), 1);
  memory.nowMs += 60_000;
  await request("GET", RUNS, { token });
  assert.equal(uses(), 2);
});

test("many refused tokens from one address are slowed down, good ones are not", async () => {
  const throttle = new FailureThrottle({ failures: 3 });
  const { request, memory } = await apiFixture({ throttle });
  const guess = () => request("GET", RUNS, { token: createToken().text });
  for (let i = 0; i < 3; i++) assert.equal((await guess()).status, 401);
  const response = await guess();
  assert.equal(response.status, 429);
  assert.equal(response.headers.get("retry-after"), "60");
  assert.equal((await request("GET", RUNS)).status, 200);
  memory.nowMs += 60_000;
  assert.equal((await guess()).status, 401);
});

test("the throttle remembers a bounded number of addresses, each by itself", () => {
  const throttle = new FailureThrottle({ failures: 1, addresses: 2, windowMs: 100 });
  assert.equal(throttle.failed("a", 0), 0);
  assert.equal(throttle.failed("a", 40), 60);
  assert.equal(throttle.failed("b", 40), 0);
  assert.equal(throttle.failed("c", 40), 0);
  assert.equal(throttle.failed("a", 50), 0, "a was forgotten for c");
});

test("a foreign host name (DNS rebinding) and a foreign origin are refused", async () => {
  const { request } = await apiFixture();
  const get = async (headers: Record<string, string>, path = RUNS) =>
    (await request("GET", path, { headers })).status;
  assert.equal(await get({ host: "evil.example:7470" }), 421);
  assert.equal(await get({ host: "evil.example" }, "/healthz"), 421);
  assert.equal(await get({ host: "127.0.0.1.evil.example:7470" }), 421);
  for (const host of ["127.0.0.1:7470", "localhost", "LOCALHOST:1", "[::1]:7470"]) {
    assert.equal(await get({ host }), 200, host);
  }
  const host = "127.0.0.1:7470";
  assert.equal(await get({ host, origin: "http://evil.example" }), 403);
  assert.equal(await get({ host, origin: "null" }), 403);
  assert.equal(await get({ host, origin: "http://127.0.0.1:7470" }), 200);
});

test("bound elsewhere any host name is let in, the public address is an origin of ours", async () => {
  const { request } = await apiFixture({
    hosts: { loopback: false, publicUrl: "https://errand.example" },
  });
  const headers = { host: "errand.example", origin: "https://errand.example" };
  assert.equal((await request("GET", RUNS, { headers })).status, 200);
  const foreign = { host: "errand.example", origin: "https://evil.example" };
  assert.equal((await request("GET", RUNS, { headers: foreign })).status, 403);
});

test("answers carry the security headers and let no other origin read them", async () => {
  const { request } = await apiFixture();
  for (const path of [RUNS, "/nowhere", "/healthz", "/v1/events"]) {
    const response = await request("GET", path);
    await response.body?.cancel();
    assert.equal(response.headers.get("x-content-type-options"), "nosniff", path);
    assert.match(response.headers.get("content-security-policy")!, /frame-ancestors 'none'/);
    assert.equal(response.headers.get("cache-control"), "no-store");
    assert.equal(response.headers.get("access-control-allow-origin"), null);
  }
});

test("a token is 256 random bits, found by its prefix, known by its hash", () => {
  const { text, prefix, sha256 } = createToken();
  assert.match(text, /^errand_[a-z0-9]{12}_[A-Za-z0-9_-]{43}$/);
  assert.equal(tokenPrefix(text), prefix);
  assert.ok(isToken(text, sha256));
  assert.ok(!isToken(createToken().text, sha256));
  assert.ok(!isToken(text, "00"));
  assert.equal(tokenPrefix(`${text}x`), undefined);
});
