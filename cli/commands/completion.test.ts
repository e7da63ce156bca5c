import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { runCli } from "../app.ts";
import { memoryProcess } from "../testing/memory-process.ts";

const FISH = "fish";

async function scriptOf(shell: string): Promise<string> {
  const { context, out } = memoryProcess();
  assert.equal(await runCli(["completion", shell], context), 0);
  return out();
}

function isInstalled(shell: string): boolean {
  return spawnSync(shell, ["--version"]).error === undefined;
}

/** What the last of the words may become, in bash. */
function inBash(script: string, words: readonly string[]): string[] {
  const { stdout, stderr, status } = spawnSync("bash", [
    "--norc",
    "-c",
    `${script}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _errand
printf '%s\\n' "\${COMPREPLY[@]}"`,
    "bash",
    ...words,
  ], { encoding: "utf8", cwd: "/" });
  assert.deepEqual([stderr, status], ["", 0]);
  return stdout.split("\n").filter(Boolean);
}

const CASES: readonly (readonly [words: string[], wanted: string[]])[] = [
  [["errand", "sh"], ["show"]],
  [["errand", "pipeline", ""], ["list", "remove", "show"]],
  [["errand", "-n", "team", "pipeline", "sh"], ["show"]],
  [["errand", "pipeline", "show", "--ver"], ["--version"]],
  [["errand", "show", "--ver"], []],
  [["errand", "runs", "--state", "s"], ["succeeded"]],
  [["errand", "run", "x", "--fo"], ["--follow"]],
  [["errand", "completion", ""], ["bash", "fish", "zsh"]],
  [["errand", "validate", "--js"], ["--json"]],
  [["errand", "--he"], ["--help"]],
];

test("the bash script completes commands, options and values", {
  skip: isInstalled("bash") ? false : "bash is not installed",
}, async () => {
  const script = await scriptOf("bash");
  for (const [words, wanted] of CASES) {
    assert.deepEqual(inBash(script, words).sort(), wanted, words.join(" "));
  }
  assert.ok(inBash(script, ["errand", "validate", "/et"]).includes("/etc"));
  assert.ok(inBash(script, ["errand", "serve", "--data", "/et"]).includes("/etc"));
});

test("the fish script completes commands, options and values", {
  skip: isInstalled(FISH) ? false : "fish is not installed",
}, async () => {
  const script = await scriptOf("fish");
  for (const [words, wanted] of CASES) {
    const line = words.map((word) => word === "" ? "" : word).join(" ");
    const { stdout, stderr } = spawnSync(
      FISH,
      ["--no-config", "-c", `${script}\ncomplete -C ${JSON.stringify(line)}`],
      { encoding: "utf8", env: { HOME: "/nonexistent", PATH: "/usr/bin:/bin" }, cwd: "/" },
    );
    const found = stdout.split("\n").map((line) => line.split("\t")[0]!).filter(Boolean);
    assert.deepEqual([found.sort(), stderr], [wanted, ""], line);
  }
});

test("the zsh script is one that zsh reads", {
  skip: isInstalled("zsh") ? false : "zsh is not installed",
}, async () => {
  const script = await scriptOf("zsh");
  const { stdout, stderr, status } = spawnSync("zsh", [
    "-f",
    "-c",
    `autoload -U compinit; compinit -D -u
${script}
print -r -- \${_comps[errand]}
_describe() { print -r -- $1: \${described} }
compadd() { shift; print -r -- values: $@ }
words=(errand pipeline show --ver); CURRENT=4; _errand
words=(errand pipeline ''); CURRENT=3; _errand
words=(errand runs --state s); CURRENT=4; _errand`,
  ], { encoding: "utf8" });
  assert.deepEqual([stderr, status], ["", 0]);
  const lines = stdout.split("\n");
  assert.equal(lines[0], "_errand");
  assert.match(lines[1]!, /^option: .*--version:another version/);
  assert.match(lines[2]!, /^command: list:list the pipelines/);
  assert.match(lines[3]!, /^values: queued running/);
});
