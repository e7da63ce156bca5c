import { z } from "zod";

/** A namespace's or pipeline's name. */
export const Name = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/)
  .describe("a-z 0-9 -, 1 to 63 characters");

/** A run's id: a number below 2^53, in decimal. */
export const RunId = z.string().regex(/^\d{1,16}$/).describe("A number below 2^53, in decimal.");

/** An ISO 8601 instant in UTC with milliseconds. */
export const Instant = z.iso.datetime({ precision: 3 })
  .describe("An instant in UTC, ISO 8601 with milliseconds.");

/** Why something ended as it did, for machines. */
export const ReasonWord = z.string()
  .describe("Why it ended so, for machines: `exit`, `timeout`, `cancelled`, …");

/** Why something ended as it did, for people. */
export const ReasonText = z.string().describe("The same for people.");

/** Where a list goes on; absent on its last page. */
export const NextCursor = z.string()
  .describe("Pass it as `cursor` to get the next page; absent on the last one.");

/** Query parameters of every list. */
export const PageQuery = {
  cursor: z.string().max(4096).optional().describe("`cursor` of the page before."),
  limit: z.coerce.number().int().min(1).max(500).default(50)
    .describe("The most items on a page, 1 to 500."),
};

/** A page of a list. */
export function pageOf<T extends z.ZodType>(
  item: T,
): z.ZodObject<{ items: z.ZodArray<T>; cursor: z.ZodOptional<z.ZodString> }> {
  return z.object({ items: z.array(item), cursor: NextCursor.optional() });
}
