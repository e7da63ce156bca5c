import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeBlocks, matchesOutput, parseDocBlocks } from "./doc-blocks.ts";

const PAGE = `# A page
<!-- check: exit=1 -->
\`\`\`sh
false
\`\`\`
<!-- output -->

\`\`\`text
nothing
\`\`\`
Words.
\`\`\`yaml
name: a
\`\`\`
<!-- check: file=a.yaml -->
\`\`\`yaml
name: b
\`\`\`
<!-- unchecked: it stays -->
\`\`\`sh
sleep infinity
\`\`\`
`;

test("blocks carry the mark right above them", () => {
  const blocks = parseDocBlocks("a.md", PAGE);
  assert.deepEqual(blocks.map(({ line, language, mark }) => [line, language, mark]), [
    [3, "sh", { kind: "check", exit: 1, background: false }],
    [8, "text", { kind: "output" }],
    [12, "yaml", { kind: "none" }],
    [16, "yaml", { kind: "check", exit: 0, background: false, file: "a.yaml" }],
    [20, "sh", { kind: "unchecked", reason: "it stays" }],
  ]);
});

test("a block that does not say whether it is checked is a problem", () => {
  assert.deepEqual(judgeBlocks(parseDocBlocks("a.md", PAGE)), [
    "a.md:12: put <!-- check --> or <!-- unchecked: why --> above this yaml block",
  ]);
});

test("a mark with an unknown option or without a reason is refused", () => {
  assert.throws(() => parseDocBlocks("a.md", "<!-- check: ext=1 -->\n```sh\n```"), /ext=1/);
  assert.throws(() => parseDocBlocks("a.md", "<!-- unchecked: -->\n```sh\n```"), /say why/);
});

test("output matches in order, with … for anything", () => {
  const output = "run 1 of hello\n  greet   succeeded  12 ms\nok\n";
  assert.ok(matchesOutput(output, "run … of hello\n…\ngreet succeeded … ms"));
  assert.ok(!matchesOutput(output, "greet succeeded … ms\nrun … of hello"));
  assert.ok(!matchesOutput(output, "greet failed … ms"));
});
