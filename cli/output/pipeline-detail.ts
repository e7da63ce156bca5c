import type { PipelineDetail } from "../../protocol/http/client/mod.ts";
import type { Output } from "../context.ts";
import { harmless, stylerOf } from "./style.ts";
import { formatTable } from "./table.ts";
import { formatInstant } from "./time.ts";

/** The parts of a canonical form that are shown. */
interface Definition {
  readonly params?: Readonly<
    Record<string, {
      readonly type: string;
      readonly required?: boolean;
      readonly default?: unknown;
      readonly description?: string;
    }>
  >;
  readonly tasks?: readonly {
    readonly name: string;
    readonly after: boolean;
    readonly scheduler: string;
    readonly needs: Readonly<Record<string, string>>;
    readonly when: string;
    readonly description: string;
  }[];
}

/** All that `pipeline show` says. */
export function formatPipeline(pipeline: PipelineDetail, output: Output): string {
  const style = stylerOf(output);
  const table = (header: readonly string[], rows: readonly (readonly string[])[]) =>
    rows.length === 0 ? "" : `\n${formatTable(header.map((cell) => style("quiet", cell)), rows)}`;
  const { params = {}, tasks = [] } = pipeline.definition as Definition;
  return `${style("strong", pipeline.name)} version ${pipeline.version}, ` +
    `live since ${formatInstant(pipeline.updatedAt)}\n` +
    (pipeline.description ? `${harmless(pipeline.description)}\n` : "") +
    style("quiet", `sha256 ${pipeline.hash}`) + "\n" +
    table(
      ["PARAM", "TYPE", "DEFAULT", "DESCRIPTION"],
      Object.entries(params).map(([name, param]) => [
        name,
        param.type,
        param.default === undefined
          ? (param.required === false ? "" : "(required)")
          : harmless(JSON.stringify(param.default)),
        harmless(param.description ?? ""),
      ]),
    ) +
    table(
      ["TASK", "SCHEDULER", "NEEDS", "WHEN", "DESCRIPTION"],
      tasks.map((task) => [
        task.name + (task.after ? " (after)" : ""),
        task.scheduler,
        Object.entries(task.needs)
          .map(([need, outcome]) => outcome === "success" ? need : `${need}:${outcome}`).join(" "),
        harmless(task.when),
        harmless(task.description),
      ]),
    );
}
