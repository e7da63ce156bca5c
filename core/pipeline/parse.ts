import { toCanonical } from "./canonical.ts";
import { checkTexts } from "./check-texts.ts";
import { readDocument } from "./document.ts";
import { TaskGraph } from "./graph.ts";
import type { KnownTask, Names } from "./names.ts";
import type { Pipeline, PipelineProblem } from "./pipeline.ts";
import { Problems } from "./problem.ts";
import { type PipelineRead, readPipeline } from "./read-pipeline.ts";
import { Reader } from "./reader.ts";

/**
 * Reads and checks a pipeline file: YAML 1.2 without tags, merge keys and directives, or JSON, at
 * most 1 MiB. Never throws.
 *
 * @returns the canonical form when there are no problems, else the problems in the order of their
 * place in the file, at most 100
 */
export function parsePipeline(
  text: string,
): { readonly pipeline?: Pipeline; readonly problems: readonly PipelineProblem[] } {
  const plain = text.startsWith("\ufeff") ? text.slice(1) : text;
  const problems = new Problems(plain);
  const root = readDocument(plain, problems);
  const read = root && readPipeline(new Reader(problems), root);
  if (read) {
    const graph = new TaskGraph(read.tasks);
    graph.check(problems);
    const texts = [...read.texts, ...read.tasks.flatMap((task) => task.texts)];
    checkTexts(texts, namesOf(read, graph), problems);
  }
  if (!read || !problems.none) return { problems: problems.list() };
  const tasks = read.tasks.map(({ definition }) => definition);
  return { pipeline: toCanonical({ ...read.head, tasks }), problems: [] };
}

function namesOf(read: PipelineRead, graph: TaskGraph): Names {
  const sections = new Map(read.tasks.map(({ definition }) => [definition.name, definition.after]));
  const tasks = read.tasks.map(({ definition }): [string, KnownTask] => {
    const { name, after, outputs } = definition;
    return [name, {
      after,
      outputs: new Set(Object.keys(outputs)),
      // an after task begins once every task of the main section has ended
      sees: (task) => (after && sections.get(task) === false) || graph.isAncestor(task, name),
    }];
  });
  return { params: read.paramNames, tasks: new Map(tasks) };
}
