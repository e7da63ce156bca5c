/** One `import … from` or `export … from` of a file. */
export interface StaticImport {
  readonly specifier: string;
  /** True when it is gone before the code runs. */
  readonly typeOnly: boolean;
  /** 1-based. */
  readonly line: number;
}

/**
 * The static imports of formatted source. Statements begin a line: text in a template literal that
 * begins a line like an import would be taken for one, which no source of ours does.
 */
export function parseImports(source: string): readonly StaticImport[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, " "));
  const statements = code.matchAll(
    /^(?:import|export)\s+(type\s+(?!from\b))?(?:[\w$\s,*{}]+?\s+from\s+)?"([^"\n]+)"/gm,
  );
  return [...statements].map((match) => ({
    specifier: match[2]!,
    typeOnly: match[1] !== undefined,
    line: code.slice(0, match.index).split("\n").length,
  }));
}
