import { allNodes, lastWord, LEADING_OPTIONS } from "./nodes.ts";
import type { CompletionNode, CompletionOption } from "./tree.ts";

/** The script for bash 3.2 and newer. */
export function bashScript(tree: CompletionNode): string {
  const nodes = allNodes(tree);
  const routes = nodes.slice(1).map(({ route }) => route);
  return `# bash completion for errand
_errand() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  local route=/ next i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      ${LEADING_OPTIONS.join("|")}) ((i++)); continue ;;
      -*) continue ;;
    esac
    next=\${route%/}/\${COMP_WORDS[i]}
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
complete -o filenames -F _errand errand
`;
}

function valueCase(node: CompletionNode, option: CompletionOption): readonly string[] {
  if (option.takes === "none" && option.values.length === 0) return [];
  const names = [option.name, option.short].filter(Boolean);
  const pattern = names.map((name) => `${node.route}:${name}`).join("|");
  return [`    ${pattern}) ${reply(option.values, option.takes)}; return ;;\n`];
}

function nodeCase(node: CompletionNode): string {
  const options = node.options.flatMap(({ name, short }) => [name, short]).filter(Boolean);
  const words = [...node.children.map(lastWord), ...node.values];
  return `    ${node.route})
      if [[ $current == -* ]]; then ${reply(options, "text")}
      else ${reply(words, node.files ? "file" : "text")}
      fi ;;
`;
}

function reply(words: readonly string[], takes: CompletionOption["takes"]): string {
  if (words.length > 0) return `COMPREPLY=($(compgen -W '${words.join(" ")}' -- "$current"))`;
  if (takes === "folder") return `COMPREPLY=($(compgen -d -- "$current"))`;
  if (takes === "file") return `COMPREPLY=($(compgen -f -- "$current"))`;
  return ":";
}
