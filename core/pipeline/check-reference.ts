import { isConstant, ROOTS } from "./cel.ts";
import type { Mistake, Names, Site } from "./names.ts";
import { didYouMean } from "../../protocol/nearest.ts";
import type { Reference } from "./references.ts";
import { PIPELINE_FIELDS, RUN_FIELDS, TASK_FIELDS } from "./scope.ts";

/** What is wrong with a name in an expression; undefined when it will exist. */
export function checkReference(
  reference: Reference,
  { names, site }: { readonly names: Names; readonly site: Site },
): Mistake | undefined {
  const { root, at, keys } = reference;
  if (!ROOTS.some((known) => known === root)) {
    if (isConstant(root)) return undefined;
    return undefinedName(at, `there is no ${root}`, didYouMean(root, ROOTS));
  }
  const first = keys[0];
  if (first?.name === undefined) {
    const message = `expected one name of ${root}, found ${
      first ? "a computed one" : "all of them"
    }`;
    return { code: "bad_expression", offset: first?.at ?? at, message, hint: `write ${root}.NAME` };
  }
  const key = { name: first.name, at: first.at };
  if (root === "params") return known(key, { of: root, names: names.params });
  if (root === "pipeline") return known(key, { of: root, names: PIPELINE_FIELDS });
  if (root === "run") return checkRun(key, { names, site });
  return root === "tasks" ? checkTask(reference, { key, names, site }) : undefined;
}

interface Key {
  readonly name: string;
  readonly at: number;
}

function checkRun(
  key: Key,
  { names, site }: { readonly names: Names; readonly site: Site },
): Mistake | undefined {
  const after = site.task !== undefined && names.tasks.get(site.task)?.after === true;
  if (key.name !== "outcome" || after) return known(key, { of: "run", names: RUN_FIELDS });
  const hint = "it is known once all tasks have ended: use it in a task under after";
  return undefinedName(key.at, "run.outcome does not exist here", hint);
}

function checkTask(
  { keys }: Reference,
  { key, names, site }: { readonly key: Key; readonly names: Names; readonly site: Site },
): Mistake | undefined {
  const task = names.tasks.get(key.name);
  if (!task) {
    const hint = didYouMean(key.name, names.tasks.keys());
    return undefinedName(key.at, `there is no task ${key.name}`, hint);
  }
  const unseen = checkSeen(key, { names, site });
  if (unseen) return unseen;
  const [, field, output] = keys;
  if (field?.name === undefined) {
    const message = `expected tasks.${key.name}.state or .outputs, found the whole task`;
    return { code: "bad_expression", offset: key.at, message };
  }
  const path = `tasks.${key.name}`;
  if (field.name !== "outputs") {
    return known({ ...field, name: field.name }, { of: path, names: TASK_FIELDS });
  }
  if (!output) return undefined;
  if (output.name !== undefined) {
    return known({ ...output, name: output.name }, { of: `${path}.outputs`, names: task.outputs });
  }
  const message = `expected one name of ${path}.outputs, found a computed one`;
  return { code: "bad_expression", offset: output.at, message };
}

function checkSeen(
  { name, at }: Key,
  { names, site }: { readonly names: Names; readonly site: Site },
): Mistake | undefined {
  const say = (message: string, hint: string): Mistake => ({
    code: "not_needed",
    offset: at,
    message,
    hint,
  });
  if (site.task === undefined) {
    return say(`tasks.${name} does not exist here`, "write this variable into the env of a task");
  }
  const own = names.tasks.get(site.task);
  if (!own || own.sees(name)) return undefined;
  if (site.task === name) {
    return say(`${name} looks at itself`, "a task sees only tasks that it needs");
  }
  if (names.tasks.get(name)?.after && !own.after) {
    return say(
      `${name} runs after all tasks: it has not ended here`,
      "use it in a task under after",
    );
  }
  return say(
    `${site.task} does not need ${name}, so that may not have ended`,
    `add it: needs: [${name}]`,
  );
}

function known(
  key: Key,
  { of, names }: { readonly of: string; readonly names: Iterable<string> },
): Mistake | undefined {
  const all = [...names];
  if (all.includes(key.name)) return undefined;
  return undefinedName(key.at, `there is no ${of}.${key.name}`, didYouMean(key.name, all));
}

function undefinedName(offset: number, message: string, hint: string | undefined): Mistake {
  return { code: "undefined_name", offset, message, hint };
}
