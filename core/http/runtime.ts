import process from "node:process";

/** What this runs on. Deno reports a Node version of its own in `process.version`. */
export const RUNTIME: { readonly name: "node" | "deno"; readonly version: string } =
  process.versions.deno === undefined
    ? { name: "node", version: process.versions.node }
    : { name: "deno", version: process.versions.deno };
