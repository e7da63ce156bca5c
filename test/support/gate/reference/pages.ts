import { apiPage } from "./api.ts";
import { cliPage } from "./cli.ts";
import { configurationPage } from "./configuration.ts";
import { errorsPage } from "./errors.ts";
import { performancePage } from "./performance.ts";
import { pipelinePage } from "./pipeline.ts";
import { reliabilityPage } from "./reliability.ts";

/** The pages of `docs/reference`, by file name, and how each is made. */
export const REFERENCE_PAGES: Readonly<Record<string, () => string | Promise<string>>> = {
  "cli.md": cliPage,
  "api.md": apiPage,
  "pipeline.md": pipelinePage,
  "configuration.md": configurationPage,
  "errors.md": errorsPage,
  "performance.md": performancePage,
  "reliability.md": reliabilityPage,
};
