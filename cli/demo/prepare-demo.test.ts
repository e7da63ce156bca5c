import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { parsePipeline } from "../../core/pipeline/mod.ts";
import { prepareDemo } from "./prepare-demo.ts";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "errand-demo-test-"));
});
after(() => rm(folder, { recursive: true }));

test("pages and scripts are copied so that everybody can read them", async () => {
  const { params } = await prepareDemo(join(folder, "input"));
  const readme = join(params.docs, "docs", "examples", "demo", "README.md");
  assert.equal((await stat(readme)).mode & 0o777, 0o644);
  assert.equal((await stat(join(params.docs, "docs", "examples"))).mode & 0o777, 0o755);
  assert.equal((await stat(join(params.scripts, "links.awk"))).mode & 0o777, 0o644);
  const paths = (await readFile(join(params.docs, "tree.txt"), "utf8")).split("\n");
  assert.ok(paths.includes("docs/examples/demo/errand.yaml") && paths.includes("cli/demo"));
  assert.ok(!paths.some((path) => path.startsWith("node_modules") || path.startsWith(".git/")));
});

test("the demo's pipeline is valid", async () => {
  const { pipeline } = await prepareDemo(join(folder, "valid"));
  assert.deepEqual(parsePipeline(pipeline).problems, []);
});

test("a clone without the demo says so", async () => {
  await assert.rejects(prepareDemo(join(folder, "none"), folder), { code: "not_found" });
});

test("the link check knows links from what only looks like one", async () => {
  const docs = join(folder, "docs");
  await mkdir(join(docs, "sub"), { recursive: true });
  await writeFile(
    join(docs, "a.md"),
    `[ok](sub/b.md#part) [up](./sub/../a.md) [folder](sub/) [web](https://x/) [here](#there)
\`[code](gone.md)\` [dead](gone.md) and [both](sub/b.md "title")
\`\`\`
[fenced](gone.md)
\`\`\`
`,
  );
  await writeFile(join(docs, "sub", "b.md"), "[root](../a.md) [dead too](a.md?x#y)\n");
  await writeFile(join(docs, "tree.txt"), ".\na.md\nsub\nsub/b.md\n");
  await writeFile(join(docs, "pages.txt"), "a.md\nsub/b.md\n");
  const script = fileURLToPath(
    new URL("../../docs/examples/demo/links.awk", import.meta.url),
  );
  const program = "awk";
  const { stdout, stderr } = spawnSync(
    program,
    ["-v", `docs=${docs}`, "-f", script, join(docs, "tree.txt"), join(docs, "pages.txt")],
    { encoding: "utf8" },
  );
  assert.equal(stderr, "");
  assert.equal(
    stdout,
    "dead: a.md:2: gone.md\ndead: sub/b.md:1: a.md\n7 relative links, 2 dead\n",
  );
});
