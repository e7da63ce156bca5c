import { z } from "zod";
import { Instant, Name, pageOf, PageQuery } from "./values.ts";

const Hash = z.string().regex(/^[0-9a-f]{64}$/).describe("SHA-256 of the canonical form, in hex.");
const Version = z.int().min(1).describe("Counts from 1 within the pipeline.");

/** A pipeline as a list shows it. */
export const PipelineItem = z.object({
  name: Name,
  description: z.string(),
  labels: z.record(z.string(), z.string()),
  version: Version,
  hash: Hash,
  updatedAt: Instant.describe("When its live version was made live."),
}).meta({ id: "PipelineItem", description: "A pipeline without its definition." });
export type PipelineItem = z.infer<typeof PipelineItem>;

/** A pipeline with the definition of one version. */
export const PipelineDetail = z.object({
  ...PipelineItem.shape,
  definition: z.record(z.string(), z.unknown())
    .describe("The canonical form: every default filled in, durations in milliseconds."),
}).meta({ id: "PipelineDetail", description: "A pipeline with its definition." });
export type PipelineDetail = z.infer<typeof PipelineDetail>;

/** Pipelines by name. */
export const PipelinePage = pageOf(PipelineItem)
  .meta({ id: "PipelinePage", description: "Pipelines by name." });
export type PipelinePage = z.infer<typeof PipelinePage>;

/** One version of a pipeline. */
export const PipelineVersion = z.object({
  version: Version,
  hash: Hash,
  live: z.boolean().describe("True for the version that new runs get."),
  createdAt: Instant,
  createdBy: z.string(),
}).meta({ id: "PipelineVersion", description: "One version of a pipeline." });
export type PipelineVersion = z.infer<typeof PipelineVersion>;

/** Versions, newest first. */
export const VersionPage = pageOf(PipelineVersion)
  .meta({ id: "VersionPage", description: "Versions, newest first." });
export type VersionPage = z.infer<typeof VersionPage>;

/** Pages a list. */
export const ListQuery = z.strictObject(PageQuery);
export type ListQuery = z.input<typeof ListQuery>;

/** Which version to show. */
export const PipelineQuery = z.strictObject({
  version: z.coerce.number().int().min(1).optional().describe("Default: the live one."),
});
export type PipelineQuery = z.input<typeof PipelineQuery>;

/** How to apply. */
export const ApplyQuery = z.strictObject({
  dryRun: z.enum(["true", "false"]).default("false")
    .describe("`true`: check everything, answer what would happen, store nothing."),
});
export type ApplyQuery = z.input<typeof ApplyQuery>;

/** The pipeline file's form; what is in it is judged by the pipeline parser, with line and column. */
export const PipelineFile = z.looseObject({ name: Name }).meta({
  id: "PipelineFile",
  description: "A pipeline as in the file, as JSON: see /v1/schema/pipeline.json. " +
    "`name` is the one in the path.",
});

/** What came of applying a pipeline. */
export const Applied = z.object({
  pipeline: Name,
  version: Version,
  hash: Hash,
  changed: z.boolean().describe("False when it equals the live version."),
}).meta({ id: "Applied", description: "What came of applying a pipeline." });
export type Applied = z.infer<typeof Applied>;

/** What came of removing a pipeline. */
export const Removed = z.object({ pipeline: Name, changed: z.boolean() })
  .meta({ id: "Removed", description: "What came of removing a pipeline." });
export type Removed = z.infer<typeof Removed>;
