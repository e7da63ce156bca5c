import { compile } from "./cel.ts";
import { checkExpression } from "./check-expression.ts";
import { dashedName } from "./dashed-name.ts";
import { ExpressionError } from "./expression-error.ts";
import type { Mistake, Names, Site } from "./names.ts";
import type { Problems } from "./problem.ts";
import type { Text } from "./read-task.ts";
import { parseTemplate } from "./template.ts";

/** Checks the expressions of all texts and notes what is wrong at its place inside the text. */
export function checkTexts(texts: readonly Text[], names: Names, problems: Problems): void {
  let count = 0;
  for (const { site, path, node } of texts) {
    if (site.kind !== "when" && !node.value.includes("${{")) continue;
    const rules = { names, site };
    const { mistakes, expressions } = site.kind === "when"
      ? checkWhen(node.value, rules)
      : checkTemplate(node.value, rules);
    for (const { code, offset, message, hint } of mistakes) {
      problems.add({ code, at: node.place(offset), message: `${path}: ${message}`, hint });
    }
    count += expressions;
    if (count > MAX_EXPRESSIONS) {
      const message = `expected at most ${MAX_EXPRESSIONS} expressions in a file, found more`;
      problems.add({ code: "too_large", at: node.at, message, hint: "split the pipeline" });
    }
    if (count > MAX_EXPRESSIONS || problems.count > MAX_NOTED) return;
  }
}

/** What was found in one text. */
interface Checked {
  readonly mistakes: readonly Mistake[];
  readonly expressions: number;
}

type Rules = { readonly names: Names; readonly site: Site };

/** About a third of a second's work; aliases make many texts out of few bytes. */
const MAX_EXPRESSIONS = 10_000;
/** More than is ever shown; places of problems in long texts take time to find. */
const MAX_NOTED = 500;

/** The expressions of a text; offsets count from its beginning. */
function checkTemplate(text: string, rules: Rules): Checked {
  return read(text, rules, () => {
    const slots = parseTemplate(text).filter((part) => typeof part !== "string");
    const mistakes = slots.flatMap((slot) =>
      checkExpression(slot, rules).map((mistake) => ({
        ...mistake,
        offset: slot.at + mistake.offset,
      }))
    );
    return { mistakes, expressions: slots.length };
  });
}

function checkWhen(text: string, rules: Rules): Checked {
  return read(
    text,
    rules,
    () => ({ mistakes: checkExpression(compile(text), rules), expressions: 1 }),
  );
}

function read(text: string, { names }: Rules, check: () => Checked): Checked {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const { code, offset, message, hint } = error;
    return {
      mistakes: [dashedName(text, names) ?? { code, offset, message, hint }],
      expressions: 1,
    };
  }
}
