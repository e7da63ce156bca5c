/** A pipeline file that must be refused: where, as what, and what its author is told to do. */
export interface BadFile {
  readonly title: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly code: string;
  readonly hint: RegExp;
}

/** One file for every kind of mistake that the issue names. */
export const BAD_FILES: readonly BadFile[] = [
  bad("a syntax error", ["tasks:", '  a: {run: "x}'], [3, 12], "syntax", /closing "/),
  bad("an unknown key", ["tasks:", "  a: {run: x, retyr: 3}"], [3, 15], "unknown_key", /retry/),
  bad(
    "a key of a later version",
    ["tasks:", "  a: {run: x, image: y}"],
    [3, 15],
    "unknown_key",
    /run/,
  ),
  bad(
    "a cycle",
    [
      "tasks:",
      "  a: {run: x, needs: [c]}",
      "  b: {run: x, needs: [a]}",
      "  c: {run: x, needs: [b]}",
    ],
    [3, 3],
    "cycle",
    /remove one/,
  ),
  bad(
    "an unknown need",
    ["tasks:", "  build: {run: x}", "  b: {run: x, needs: [biuld]}"],
    [4, 23],
    "unknown_need",
    /did you mean build/,
  ),
  bad("a missing unit", ["tasks:", "  a: {run: x, timeout: 30}"], [3, 24], "missing_unit", /"30s"/),
  bad(
    "an undefined name in an expression",
    [
      "params: {depth: {type: integer, default: 1}}",
      "tasks:",
      "  a: {run: x, when: params.dept > 1}",
    ],
    [4, 28],
    "undefined_name",
    /did you mean depth/,
  ),
  bad(
    "an outside value in shell text",
    ["params: {t: {type: string, default: x}}", "tasks:", '  a: {run: "echo ${{ params.t }}"}'],
    [4, 18],
    "shell_text",
    /env: \{T: "\$\{\{ params\.t \}\}"\}, then "\$T"/,
  ),
  bad(
    "a secret in shell text",
    ["tasks:", '  a: {run: "echo ${{ secrets.key }}"}'],
    [3, 22],
    "secret_place",
    /env: \{KEY:/,
  ),
  bad(
    "a secret in a command",
    ["tasks:", '  a: {command: [echo, "${{ secrets.key }}"]}'],
    [3, 28],
    "secret_place",
    /env: \{KEY:/,
  ),
  bad(
    "a secret in a condition",
    ["tasks:", "  a: {run: x, when: secrets.key == 'x'}"],
    [3, 21],
    "secret_place",
    /env: \{KEY:/,
  ),
  bad(
    "a secret as an operand of a function",
    ["tasks:", '  a: {run: x, env: {K: "${{ size(secrets.key) }}"}}'],
    [3, 34],
    "secret_place",
    /./,
  ),
  bad(
    "a key twice",
    ["tasks:", "  a: {run: x}", "  a: {run: y}"],
    [4, 3],
    "duplicate_key",
    /line 3/,
  ),
  bad(
    "a name twice",
    ["tasks:", "  a: {run: x}", "after:", "  a: {run: y}"],
    [5, 3],
    "duplicate_name",
    /unique/,
  ),
  bad(
    "a float in the environment",
    ["tasks:", "  a: {run: x, env: {V: 1.10}}"],
    [3, 24],
    "needs_quotes",
    /"1\.10"/,
  ),
  bad(
    "a reserved key",
    ["__proto__: {polluted: yes}", "tasks:", "  a: {run: x}"],
    [2, 1],
    "bad_key",
    /another name/,
  ),
  bad("a tag", ["tasks:", "  a: {run: !!js/function x}"], [3, 12], "tag", /leave the tag out/),
];

function bad(
  title: string,
  lines: readonly string[],
  [line, column]: readonly [number, number],
  code: string,
  hint: RegExp,
): BadFile {
  return { title, file: ["name: bad", ...lines, ""].join("\n"), line, column, code, hint };
}
