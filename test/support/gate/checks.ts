/** One question of the gate. */
export interface Check {
  readonly name: string;
  /** What is run, in order, from the root; all must end with 0. Programs are found on our PATH. */
  readonly commands: readonly (readonly [string, ...string[]])[];
  /** Shows its output while it runs. */
  readonly live?: true;
}

const gate = (file: string, ...args: string[]) =>
  ["node", `test/support/gate/${file}`, ...args] as const;

/** Every question, the quick ones first. */
export const CHECKS: readonly Check[] = [
  { name: "format", commands: [["deno", "fmt", "--check", "--quiet"]] },
  { name: "lint", commands: [["deno", "lint", "--quiet"]] },
  { name: "cycles", commands: [gate("cycles.ts")] },
  { name: "sizes", commands: [gate("file-sizes.ts")] },
  { name: "dependencies", commands: [gate("dependencies.ts")] },
  {
    name: "unused",
    commands: [[
      "knip",
      "--no-progress",
      "--no-config-hints",
      "--config",
      "test/support/gate/knip.json",
    ]],
  },
  { name: "types", commands: [["tsc", "--noEmit"], ["deno", "check", "--quiet"]] },
  { name: "reference", commands: [gate("reference.ts", "--check")] },
  { name: "links", commands: [gate("doc-links.ts")] },
  { name: "examples", commands: [gate("doc-examples.ts")] },
  { name: "tests", commands: [["node", "test/support/test-all.ts"]], live: true },
];
