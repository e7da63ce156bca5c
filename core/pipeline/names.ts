import type { ProblemCode } from "./problem.ts";

/** What a task's name stands for while expressions are checked. */
export interface KnownTask {
  readonly after: boolean;
  readonly outputs: ReadonlySet<string>;
  /** True for tasks that have ended before this one begins. */
  readonly sees: (task: string) => boolean;
}

/** What the names in a pipeline's expressions may stand for. */
export interface Names {
  readonly params: ReadonlySet<string>;
  readonly tasks: ReadonlyMap<string, KnownTask>;
}

/** Which text an expression stands in. */
export interface Site {
  readonly kind: "env" | "run" | "shell" | "command" | "workdir" | "when";
  /** The task it belongs to; undefined = the whole pipeline. */
  readonly task: string | undefined;
}

/** What is wrong with an expression; the offset counts from its beginning. */
export interface Mistake {
  readonly code: ProblemCode;
  readonly offset: number;
  readonly message: string;
  readonly hint?: string | undefined;
}
