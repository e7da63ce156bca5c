import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { join } from "node:path";
import process from "node:process";
import { parseImports } from "./imports.ts";
import { listFiles, ROOT } from "./repository.ts";

/** File → the files whose code it needs before its own may run. */
export type Graph = ReadonlyMap<string, readonly string[]>;

/** The value imports between our own files. */
export function readGraph(files: readonly string[], read = readSource): Graph {
  return new Map(files.map((file) => {
    const targets = parseImports(read(file))
      .filter(({ typeOnly, specifier }) => !typeOnly && specifier.startsWith("."))
      .map(({ specifier }) => posix.join(posix.dirname(file), specifier));
    return [file, targets];
  }));
}

/**
 * The groups of files that need each other (strongly connected, by Tarjan), each as one shortest
 * cycle through its first file; none is what we want.
 */
export function findCycles(graph: Graph): readonly (readonly string[])[] {
  const order = new Map<string, { readonly index: number; low: number; open: boolean }>();
  const stack: string[] = [];
  const cycles: (readonly string[])[] = [];

  function visit(file: string): number {
    const mark = { index: order.size, low: order.size, open: true };
    order.set(file, mark);
    stack.push(file);
    for (const target of graph.get(file) ?? []) {
      if (!graph.has(target)) continue;
      const there = order.get(target);
      if (there === undefined) mark.low = Math.min(mark.low, visit(target));
      else if (there.open) mark.low = Math.min(mark.low, there.index);
    }
    if (mark.low === mark.index) {
      const group = stack.splice(stack.indexOf(file));
      for (const member of group) order.get(member)!.open = false;
      if (group.length > 1 || graph.get(file)?.includes(file)) {
        cycles.push(shortestCycle(graph, group));
      }
    }
    return mark.low;
  }
  for (const file of graph.keys()) if (!order.has(file)) visit(file);
  return cycles;
}

function shortestCycle(graph: Graph, group: readonly string[]): readonly string[] {
  const first = [...group].sort()[0]!;
  const from = new Map<string, string>();
  const queue = [first];
  for (const file of queue) {
    for (const target of graph.get(file) ?? []) {
      if (target === first) return pathTo(file, from).concat(first);
      if (!group.includes(target) || from.has(target)) continue;
      from.set(target, file);
      queue.push(target);
    }
  }
  return group;
}

function pathTo(file: string, from: ReadonlyMap<string, string>): string[] {
  const path = [file];
  for (let at = from.get(file); at !== undefined; at = from.get(at)) path.unshift(at);
  return path;
}

function readSource(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

if (import.meta.main) {
  const files = listFiles(".ts");
  const cycles = findCycles(readGraph(files));
  for (const cycle of cycles) console.error(`import cycle: ${cycle.join(" → ")}`);
  console.log(`${files.length} files, ${cycles.length} value-import cycles`);
  process.exitCode = cycles.length === 0 ? 0 : 1;
}
