import { Composer, type Document, type ParsedNode } from "yaml";
import type { Node } from "./node.ts";
import type { Finding, Problems } from "./problem.ts";
import { toNode } from "./yaml-nodes.ts";
import { tokenize, type Tokens } from "./yaml-tokens.ts";

/** The most bytes a pipeline file may have. */
const MAX_FILE_BYTES = 1_048_576;

/**
 * Reads a YAML 1.2 or JSON text into nodes with places. Notes what is wrong; undefined when there
 * is nothing to go on with. Never throws, and its time is bounded by the size of the text.
 */
export function readDocument(text: string, problems: Problems): Node | undefined {
  if (text.length > MAX_FILE_BYTES || new TextEncoder().encode(text).length > MAX_FILE_BYTES) {
    const message = `expected at most ${MAX_FILE_BYTES} bytes (1 MiB), found more`;
    const hint = "put scripts into files of their own";
    problems.add({ code: "too_large", at: 0, message, hint });
    return undefined;
  }
  const read = tokenize(text, problems);
  if (!read) return undefined;
  const [document, second] = compose(read.tokens);
  const failure = document && syntaxError(document, read.unclosed);
  if (failure) problems.add(failure);
  else if (second) {
    const message = "expected one document, found a second one";
    const hint = "one pipeline a file: split the file at ---";
    problems.add({ code: "multiple_documents", at: second.range[0], message, hint });
  }
  if (!problems.none) return undefined;
  if (!document?.contents) {
    const message = "expected a pipeline, found an empty file";
    problems.add({ code: "empty", at: 0, message, hint: "begin with name: and tasks:" });
    return undefined;
  }
  const root = toNode(document.contents as ParsedNode, { text, problems });
  // what a broken alias or key should have been is not known: to go on would only add noise
  return problems.allAre("duplicate_key") ? root : undefined;
}

/** The first two documents; a third says nothing new. */
function compose(tokens: Tokens["tokens"]): readonly Document.Parsed[] {
  const composer = new Composer({
    version: "1.2",
    schema: "core",
    merge: false,
    uniqueKeys: false, // ours is linear in the number of keys
  });
  const documents: Document.Parsed[] = [];
  for (const document of composer.compose(tokens as Tokens["tokens"][number][])) {
    documents.push(document);
    if (documents.length === 2) break;
  }
  return documents;
}

/** The first error in the file; those behind it are mostly its consequences. */
function syntaxError(document: Document.Parsed, unclosed: Tokens["unclosed"]): Finding | undefined {
  const [error] = document.errors.toSorted((a, b) => a.pos[0] - b.pos[0]);
  if (!error) return undefined;
  if (unclosed && unclosed.at <= error.pos[0]) {
    const { at, sign } = unclosed;
    return {
      code: "syntax",
      at,
      message: `the ${sign} is never closed`,
      hint: `add the closing ${CLOSING[sign] ?? sign}, or quote the text that contains it`,
    };
  }
  const message = error.message.charAt(0).toLowerCase() + error.message.slice(1);
  return {
    code: "syntax",
    at: error.pos[0],
    message: message.replace(/\.$/, ""),
    hint: HINTS[error.code],
  };
}

const CLOSING: Readonly<Record<string, string>> = { "{": "}", "[": "]" };

const HINTS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: "indent with spaces",
  BAD_INDENT: "check the indentation and the brackets above",
  BLOCK_AS_IMPLICIT_KEY: 'quote a value that contains ": "',
  MISSING_CHAR: "check quotes, brackets, and the : behind each key",
  MULTILINE_IMPLICIT_KEY: "check the indentation of this line and the next",
  BAD_SCALAR_START: "quote the value",
  UNEXPECTED_TOKEN: "check quotes, brackets and commas",
  BAD_ALIAS: "quote a value that begins with * or &",
  BAD_DQ_ESCAPE: "use single quotes, or write the backslash twice",
};
