import { allNodes, lastWord, LEADING_OPTIONS } from "./nodes.ts";
import type { CompletionNode, CompletionOption } from "./tree.ts";

/** The script for zsh, to evaluate or to put into `$fpath` as `_errand`. */
export function zshScript(tree: CompletionNode): string {
  const nodes = allNodes(tree);
  const routes = nodes.slice(1).map(({ route }) => route);
  return `#compdef errand
_errand() {
  local route=/ next previous=\${words[CURRENT-1]}
  local -i i
  local -a described
  for ((i = 2; i < CURRENT; i++)); do
    case \${words[i]} in
      ${LEADING_OPTIONS.join("|")}) ((i++)); continue ;;
      -*) continue ;;
    esac
    next=\${route%/}/\${words[i]}
    case $next in
      ${routes.join("|")}) route=$next ;;
      *) break ;;
    esac
  done
  case $route:$previous in
${nodes.flatMap((node) => node.options.flatMap((option) => valueCase(node, option))).join("")}  esac
  case $route in
${nodes.map(nodeCase).join("")}  esac
}
if [[ \${funcstack[1]} == _errand ]]; then _errand "$@"; else compdef _errand errand; fi
`;
}

function valueCase(node: CompletionNode, option: CompletionOption): readonly string[] {
  if (option.takes === "none") return [];
  const names = [option.name, option.short].filter(Boolean);
  const pattern = names.map((name) => `${node.route}:${name}`).join("|");
  return [`    ${pattern}) ${offer(option.values, option.takes)}; return ;;\n`];
}

function nodeCase(node: CompletionNode): string {
  const options = node.options.flatMap(({ name, short, brief }) =>
    [name, short].filter(Boolean).map((word) => described(word, brief))
  );
  const children = node.children.map((child) => described(lastWord(child), child.brief));
  const other = children.length > 0
    ? `described=(${children.join(" ")}); _describe command described`
    : offer(node.values, node.files ? "file" : "text");
  return `    ${node.route})
      if [[ \${words[CURRENT]} == -* ]]; then
        described=(${options.join(" ")}); _describe option described
      else ${other}
      fi ;;
`;
}

function offer(values: readonly string[], takes: CompletionOption["takes"]): string {
  if (values.length > 0) return `compadd -- ${values.join(" ")}`;
  if (takes === "folder") return "_files -/";
  return takes === "file" ? "_files" : ":";
}

/** `'word:meaning'`: a colon in the word would end it. */
function described(word: string, meaning: string): string {
  return `'${word.replaceAll(":", "\\:")}:${meaning.replaceAll("'", `'\\''`)}'`;
}
