/** The argument RUN; the server resolves what is not an id. */
export const runArgument = {
  brief: "a run: its id, PIPELINE (its last run), PIPELINE#42, or @last",
  parse: parseRun,
  placeholder: "RUN",
} as const;

function parseRun(input: string): string {
  if (/^(?:@last|\d{1,16}|[a-z0-9][a-z0-9-]{0,62}(?:#\d{1,15})?)$/.test(input)) return input;
  throw new Error(
    `wanted an id, PIPELINE, PIPELINE#NUMBER or @last, found ${JSON.stringify(input)}`,
  );
}
