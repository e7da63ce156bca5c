/**
 * The pipeline file: parse, validate, canonical form, expressions. Pure.
 *
 * @module
 */
export type {
  JsonValue,
  Need,
  OutputType,
  Param,
  Pipeline,
  PipelineProblem,
  RetryCause,
  RetryPolicy,
  TaskDefinition,
  TaskWork,
} from "./pipeline.ts";
export { canonicalJson } from "./canonical-json.ts";
export { canonicalText, parseCanonical, pipelineHash } from "./canonical.ts";
export { diffPipelines, type PipelineChange } from "./diff.ts";
export { formatDuration, parseDuration } from "./duration.ts";
export { ExpressionError } from "./expression-error.ts";
export { evaluateCondition, renderText, renderValue, secretNames } from "./expression.ts";
export { isName } from "./name.ts";
export { MAX_OUTPUT_BYTES, parseOutputs } from "./outputs.ts";
export { coerceParam } from "./param.ts";
export { checkParams, type ParamProblem } from "./params.ts";
export { parsePipeline } from "./parse.ts";
export { placeProblem } from "./place-problem.ts";
export { ancestorsOf, type Plan, planPipeline } from "./plan.ts";
export { PROBLEM_CODES, type ProblemCode } from "./problem.ts";
export { checkWorkdir } from "./read-task.ts";
export { pipelineSchema } from "./schema.ts";
export type { Scope } from "./scope.ts";
export { parseSize } from "./size.ts";
