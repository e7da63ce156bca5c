import { allNodes, lastWord, LEADING_OPTIONS } from "./nodes.ts";
import type { CompletionNode, CompletionOption } from "./tree.ts";

/** The script for fish 3 and newer. */
export function fishScript(tree: CompletionNode): string {
  const nodes = allNodes(tree);
  const routes = nodes.slice(1).map(({ route }) => route);
  return `# fish completion for errand
function __errand_route
  set -l route /
  set -l skip 0
  for word in (commandline -opc)[2..-1]
    if test $skip = 1
      set skip 0
      continue
    end
    if contains -- $word ${LEADING_OPTIONS.join(" ")}
      set skip 1
      continue
    end
    string match -q -- '-*' $word; and continue
    set -l next (string trim -r -c / -- $route)/$word
    contains -- $next ${routes.join(" ")}; or break
    set route $next
  end
  echo $route
end
complete -c errand -f
${nodes.map(nodeLines).join("")}`;
}

function nodeLines(node: CompletionNode): string {
  const condition = `complete -c errand -n 'test (__errand_route) = ${node.route}'`;
  const lines = [
    ...node.children.map((child) => `-a ${lastWord(child)} -d ${quote(child.brief)}`),
    ...(node.values.length > 0 ? [`-a ${quote(node.values.join(" "))}`] : []),
    ...(node.files ? ["-F"] : []),
    ...node.options.map(optionArguments),
  ];
  return lines.map((line) => `${condition} ${line}\n`).join("");
}

function optionArguments(option: CompletionOption): string {
  const { name, short, brief, takes, values } = option;
  const taken = values.length > 0 ? ` -x -a ${quote(values.join(" "))}` : {
    none: "",
    text: " -x",
    file: " -r -F",
    folder: " -x -a '(__fish_complete_directories)'",
  }[takes];
  return `-l ${name.slice(2)}${short ? ` -s ${short.slice(1)}` : ""}${taken} -d ${quote(brief)}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
