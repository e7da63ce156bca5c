import type { AttemptSpec } from "../kernel/scheduler.ts";
import { renderText, type Scope, secretNames, type TaskDefinition } from "../pipeline/mod.ts";
import { attemptId, type Run, scopeOf } from "../run/mod.ts";
import { type AttemptPreparer, type PreparedAttempt, Unprepared } from "./ports.ts";

/** Where the values of secrets come from; nothing of it is kept. */
export interface SecretReader {
  /** The values of those that exist. */
  read(
    scope: { readonly namespace: string; readonly pipeline: string },
    names: readonly string[],
  ): Promise<ReadonlyMap<string, string>>;
}

/** What specifications are made with. */
export interface PreparerOptions {
  readonly epoch: number;
  readonly secrets: SecretReader;
  /** The absolute path of an attempt's log file; its folder exists. */
  logFile(attemptId: string): string;
  /** The absolute path of a run's workspace. */
  workspace(runId: number): string;
  /** Payload bytes of a log. */
  readonly maxLogBytes: number;
  /** The `PATH` of every task. */
  readonly path: string;
}

/**
 * Makes the specification of an attempt from what is durable about its run. The environment is
 * exactly what the pipeline declares plus a few names of ours: the server's own never leaks.
 */
export function attemptPreparer(options: PreparerOptions): AttemptPreparer {
  return {
    prepare(run, at) {
      const definition = run.definition.tasks[at.task]!;
      const names = [
        ...new Set(Object.values(definition.env).flatMap((text) => secretNames(text))),
      ];
      if (names.length === 0) return build(options, { run, at, definition, secrets: new Map() });
      return options.secrets.read(run, names).then((secrets) => {
        const missing = names.filter((name) => !secrets.has(name));
        if (missing.length > 0) {
          const variables = missing.map((name) => `ERRAND_SECRET_${variableOf(name)}`).join(", ");
          throw new Unprepared(
            "secret",
            `no secret named ${
              missing.join(", ")
            }: start the server with ${variables} in its environment`,
          );
        }
        return build(options, { run, at, definition, secrets });
      });
    },
  };
}

/** As the built-in secret store spells it. */
function variableOf(name: string): string {
  return name.toUpperCase().replaceAll("-", "_");
}

function build(
  options: PreparerOptions,
  facts: {
    readonly run: Run;
    readonly at: { readonly task: number; readonly n: number };
    readonly definition: TaskDefinition;
    readonly secrets: ReadonlyMap<string, string>;
  },
): PreparedAttempt {
  const { run, at, definition, secrets } = facts;
  const scope = scopeOf(run, Object.fromEntries(secrets));
  const id = attemptId(run.id, at.task, at.n);
  const workspace = options.workspace(run.id);
  const env: Record<string, string> = {
    PATH: options.path,
    HOME: workspace,
    ERRAND_RUN_ID: String(run.id),
    ERRAND_RUN_NUMBER: String(run.number),
    ERRAND_TASK: definition.name,
    ERRAND_ATTEMPT: String(at.n),
    ERRAND_WORKSPACE: workspace,
    ERRAND_PIPELINE: run.pipeline,
    ERRAND_NAMESPACE: run.namespace,
  };
  const secretEnv: AttemptSpec["secrets"][number][] = [];
  for (const [name, text] of Object.entries(definition.env)) {
    const value = renderIn(`env.${name}`, text, scope);
    if (secretNames(text).length === 0) env[name] = value;
    else secretEnv.push({ name, value: encoder.encode(value), as: "env" });
  }
  const values = [...secrets.values()];
  return {
    secretValues: values,
    spec: {
      attemptId: id,
      handle: "",
      epoch: options.epoch,
      namespace: run.namespace,
      pipeline: run.pipeline,
      task: definition.name,
      work: {
        kind: "process",
        argv: argvOf(definition, scope),
        workdir: definition.workdir === "" ? "" : renderIn("workdir", definition.workdir, scope),
      },
      env,
      secrets: secretEnv,
      redact: values.map((value) => encoder.encode(value)),
      files: [],
      workspace,
      logFile: options.logFile(id),
      maxLogBytes: options.maxLogBytes,
      limits: { cpu: 0, memoryBytes: 0, pids: 0 },
      startMs: definition.timeout.startMs,
      runMs: 0, // the supervisor times it, across restarts
      graceMs: definition.graceMs,
      options: "{}",
    },
  };
}

function argvOf(definition: TaskDefinition, scope: Scope): string[] {
  const { work } = definition;
  return work.kind === "script"
    ? [...work.shell, renderIn("run", work.script, scope)]
    : work.argv.map((text, i) => renderIn(`command[${i}]`, text, scope));
}

function renderIn(place: string, text: string, scope: Scope): string {
  try {
    return renderText(text, scope);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Unprepared("expression", `${place}: ${message}`, { cause: error });
  }
}

const encoder = new TextEncoder();
