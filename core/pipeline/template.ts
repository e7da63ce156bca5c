import { BoundedCache } from "./bounded-cache.ts";
import { compile, type Compiled, expressionEnd } from "./cel.ts";
import { ExpressionError } from "./expression-error.ts";

/** An expression of a text, and the offset at which it begins behind its `${{`. */
export interface Slot extends Compiled {
  readonly at: number;
}

/** A text, cut into what stands there and what is evaluated. */
type Template = readonly (string | Slot)[];

/**
 * Cuts a text at its `${{ … }}`; the CEL parser decides where each ends, `$${{` is a literal `${{`.
 *
 * @throws {ExpressionError} with the offset into the text
 */
export function parseTemplate(text: string): Template {
  return text.includes("${{") ? templates.get(text, parse) : [text];
}

/** The most expressions one text may hold. */
const MAX_SLOTS = 256;

const templates = new BoundedCache<Template>({ entries: 2_048, chars: 262_144 });

function parse(text: string): Template {
  const parts: (string | Slot)[] = [];
  let literal = "";
  let slots = 0;
  let from = 0;
  for (let open = text.indexOf("${{"); open >= 0; open = text.indexOf("${{", from)) {
    if (open > from && text[open - 1] === "$") {
      literal += `${text.slice(from, open - 1)}\${{`;
      from = open + 3;
      continue;
    }
    literal += text.slice(from, open);
    if (literal !== "") parts.push(literal);
    literal = "";
    const at = open + 3;
    const end = expressionEnd(text, at);
    parts.push(slot(text.slice(at, end), at));
    if (++slots > MAX_SLOTS) {
      const message = `expected at most ${MAX_SLOTS} expressions in one text`;
      throw new ExpressionError(message, { code: "too_large", offset: open });
    }
    from = end + 2;
  }
  literal += text.slice(from);
  if (literal !== "" || parts.length === 0) parts.push(literal);
  return parts;
}

function slot(source: string, at: number): Slot {
  try {
    return { ...compile(source), at };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const { message, code, hint, offset } = error;
    throw new ExpressionError(message, { code, hint, offset: at + offset, cause: error });
  }
}
