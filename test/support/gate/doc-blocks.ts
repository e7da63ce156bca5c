/** A fenced block of a page, with the mark that stands above it. */
export interface DocBlock {
  readonly page: string;
  /** 1-based, of the opening fence. */
  readonly line: number;
  /** `sh`, `yaml`, `text`, … */
  readonly language: string;
  readonly text: string;
  readonly mark: DocMark;
}

/**
 * What a page says about a block, as a comment above it:
 * `<!-- check -->`, with `exit=N`, `file=NAME` or `background`; `<!-- output -->` above what the
 * block before printed; `<!-- unchecked: why -->`.
 */
export type DocMark =
  | {
    readonly kind: "check";
    readonly exit: number;
    readonly file?: string;
    readonly background: boolean;
  }
  | { readonly kind: "output" }
  | { readonly kind: "unchecked"; readonly reason: string }
  | { readonly kind: "none" };

/** Languages whose blocks must say whether they are checked. */
const MUST_SAY = new Set(["sh", "ts", "yaml"]);

/** The fenced blocks of a page, in order. */
export function parseDocBlocks(page: string, source: string): readonly DocBlock[] {
  const blocks: DocBlock[] = [];
  const lines = source.split("\n");
  let comment = "";
  for (let i = 0; i < lines.length; i++) {
    const fence = /^```(\w*)/.exec(lines[i]!);
    if (!fence) {
      if (lines[i] !== "") comment = lines[i]!;
      continue;
    }
    const end = lines.indexOf("```", i + 1);
    if (end < 0) throw new Error(`${page}:${i + 1}: a fence without an end`);
    const text = lines.slice(i + 1, end).join("\n");
    const mark = parseMark(comment, `${page}:${i + 1}`);
    blocks.push({ page, line: i + 1, language: fence[1]!, text, mark });
    comment = "";
    i = end;
  }
  return blocks;
}

/** What is wrong with a page before anything is run. */
export function judgeBlocks(blocks: readonly DocBlock[]): readonly string[] {
  return blocks.flatMap(({ page, line, language, mark }) => {
    const at = `${page}:${line}`;
    if (mark.kind === "none" && MUST_SAY.has(language)) {
      return [`${at}: put <!-- check --> or <!-- unchecked: why --> above this ${language} block`];
    }
    if (mark.kind === "check" && language !== "sh" && language !== "yaml") {
      return [`${at}: only sh and yaml blocks can be checked, this one is ${language}`];
    }
    return [];
  });
}

/** True when the output has the wanted lines in their order; `…` stands for anything. */
export function matchesOutput(output: string, wanted: string): boolean {
  const lines = output.split("\n").map(normalise);
  let at = 0;
  return wanted.split("\n").filter((line) => line.trim() !== "" && line.trim() !== "…")
    .every((line) => {
      const pattern = new RegExp(`^${normalise(line).split("…").map(escape).join(".*")}$`);
      const found = lines.findIndex((it, index) => index >= at && pattern.test(it));
      at = found + 1;
      return found >= 0;
    });
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function normalise(line: string): string {
  return line.trim().replace(/\s+/g, " ");
}

function parseMark(comment: string, at: string): DocMark {
  const [, word = "", rest = ""] = /^<!--\s*(\w+):?\s*(.*?)\s*-->$/.exec(comment.trim()) ?? [];
  if (word === "unchecked") {
    if (rest === "") throw new Error(`${at}: say why it is unchecked`);
    return { kind: "unchecked", reason: rest };
  }
  if (word === "output") return { kind: "output" };
  if (word !== "check") return { kind: "none" };
  const options = rest === "" ? [] : rest.split(/\s+/);
  const unknown = options.find((it) => !/^(?:exit=\d+|file=[\w.-]+|background)$/.test(it));
  if (unknown !== undefined) throw new Error(`${at}: unknown option ${unknown} of check`);
  const value = (name: string) =>
    options.find((it) => it.startsWith(`${name}=`))?.slice(name.length + 1);
  const file = value("file");
  return {
    kind: "check",
    exit: Number(value("exit") ?? 0),
    background: options.includes("background"),
    ...(file === undefined ? {} : { file }),
  };
}
