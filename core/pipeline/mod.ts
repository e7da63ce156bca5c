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
