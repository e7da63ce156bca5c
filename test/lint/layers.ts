/**
 * The house rules that a linter can see, as a plugin of `deno lint`.
 *
 * @module
 */
import { type Import, judgeDoorUse, judgeImport } from "./judge-import.ts";

/** The root of the repository, with a `/` at its end: this file is two folders below. */
const ROOT = decodeURIComponent(new URL("../../", import.meta.url).pathname);

export default {
  name: "house",
  rules: {
    /** Who may import whom, and through which file. */
    layers: {
      create(context) {
        const file = pathOf(context);
        if (file === undefined) return {};

        function check(node: Deno.lint.Node, specifier: string, kind: Import["kind"]) {
          const message = judgeImport({ file: file!, specifier, kind });
          if (message !== undefined) context.report({ node, message });
        }
        return {
          ImportDeclaration(node) {
            check(node, node.source.value, node.importKind === "type" ? "type" : "value");
          },
          ExportNamedDeclaration(node) {
            if (!node.source) return;
            check(node, node.source.value, node.exportKind === "type" ? "type" : "value");
          },
          ImportExpression(node) {
            if (node.source.type === "Literal" && typeof node.source.value === "string") {
              check(node, node.source.value, "dynamic");
            } else if (!mayComputeImports(file)) {
              const message = "a computed import hides what is imported: write the name";
              context.report({ node, message });
            }
          },
          TSImportType(node) {
            const { argument } = node;
            if (argument.type !== "TSLiteralType" || argument.literal.type !== "Literal") return;
            check(node, String(argument.literal.value), "type");
          },
        };
      },
    },

    /** Which commands may load `core`: the others must start as fast as the client does. */
    doors: {
      create(context) {
        const file = pathOf(context);
        if (file === undefined) return {};
        return {
          MemberExpression(node) {
            const { object, property } = node;
            const isPorts = object.type === "MemberExpression"
              ? object.property.type === "Identifier" && object.property.name === "ports"
              : object.type === "Identifier" && object.name === "ports";
            if (!isPorts || property.type !== "Identifier") return;
            const message = judgeDoorUse(file, property.name);
            if (message !== undefined) context.report({ node, message });
          },
        };
      },
    },

    /** A module says by name what it exports. */
    "no-export-star": {
      create(context) {
        if (pathOf(context) === undefined) return {};
        const message = "export by name: `export *` hides what a module offers";
        return { ExportAllDeclaration: (node) => context.report({ node, message }) };
      },
    },

    /** What type stripping cannot erase does not run on Node. */
    erasable: {
      create(context) {
        if (pathOf(context) === undefined) return {};
        return {
          TSEnumDeclaration(node) {
            const message = "no enum: a union of literals, or an `as const` object";
            context.report({ node, message });
          },
          TSModuleDeclaration(node) {
            if (node.declare || node.kind === "global") return;
            context.report({ node, message: "no namespace: a module is a file" });
          },
          TSParameterProperty(node) {
            const message = "no parameter property: declare the field and assign it";
            context.report({ node, message });
          },
          TSImportEqualsDeclaration(node) {
            context.report({ node, message: "no `import =`: type stripping cannot erase it" });
          },
          TSExportAssignment(node) {
            context.report({ node, message: "no `export =`: type stripping cannot erase it" });
          },
        };
      },
    },
  },
} satisfies Deno.lint.Plugin;

/** A plugin's module is found at run time; tests load what they are given. */
function mayComputeImports(file: string): boolean {
  return /^(?:core\/(?:host|registry)|test)\//.test(file) || file.endsWith(".test.ts");
}

/** The file's path from the root, or undefined outside the repository. */
function pathOf(context: Deno.lint.RuleContext): string | undefined {
  const file = context.filename.replaceAll("\\", "/");
  return file.startsWith(ROOT) ? file.slice(ROOT.length) : undefined;
}
