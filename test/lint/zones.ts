/** What a folder may reach. */
export interface Zone {
  /** Zones whose code it may import; a zone may always import itself. */
  readonly may: readonly string[];
  /** Zones of which it may import types only. */
  readonly types?: readonly string[];
  /** Packages: `none` = not one; absent = those that no other zone has for itself. */
  readonly packages?: "none";
  /** True = no built-in modules either: a pure zone. */
  readonly pure?: true;
}

/** Who may import whom: the longest matching prefix is a file's zone; what is not listed is forbidden. */
export const ZONES: Readonly<Record<string, Zone>> = {
  "protocol": { may: [] },
  "protocol/http": { may: ["protocol"] },
  "protocol/sdk/typescript": { may: ["protocol", "protocol/http"], types: ["core/kernel"] },
  "core/kernel": { may: ["protocol"], packages: "none" },
  "core/conformance": { may: ["core/kernel", "protocol"], packages: "none" },
  "core/pipeline": { may: ["core/kernel", "protocol"] },
  // durations, sizes and nearest names are written the same in both files: docs/decisions/0015
  "core/config": { may: ["core/kernel", "core/pipeline", "protocol"] },
  "core/run": { may: ["core/kernel", "core/pipeline", "protocol"], packages: "none", pure: true },
  "core/store": { may: ["core/kernel", "protocol"], types: ["core/run"] },
  "core/host": { may: ["core/kernel", "protocol"] },
  "core/registry": { may: ["core/kernel", "core/host", "protocol"] },
  "core/supervisor": { may: ["core/kernel", "core/run", "core/pipeline", "protocol"] },
  "core/http": {
    may: [
      "core/kernel",
      "core/conformance",
      "core/pipeline",
      "core/config",
      "core/run",
      "core/store",
      "core/host",
      "core/registry",
      "core/supervisor",
      "protocol",
      "protocol/http",
    ],
  },
  "core/server.ts": {
    may: [
      "core/kernel",
      "core/pipeline",
      "core/config",
      "core/run",
      "core/store",
      "core/host",
      "core/registry",
      "core/supervisor",
      "core/http",
      "protocol",
      "protocol/http",
    ],
  },
  "plugins": { may: ["protocol/sdk/typescript"] },
  "cli": { may: ["protocol", "protocol/http"] },
  "docs/examples": { may: [] },
};

/** Folders that belong to another zone: the parts of `core/server.ts`, which is one screen of composition. */
export const SAME_ROOM: Readonly<Record<string, string>> = { "core/assembly": "core/server.ts" };

/** Packages that only the zones named may import; the longest match counts. */
export const ONLY_IN: Readonly<Record<string, readonly string[]>> = {
  "@bufbuild/protobuf": ["protocol"],
  "zod": ["protocol/http"],
  "hono/client": ["protocol/http"],
  "hono": ["core/http"],
  "@hono/node-server": ["core/http"],
  "@hono/zod-openapi": ["core/http"],
  "@grpc/grpc-js": ["protocol/sdk/typescript", "core/host"],
  "yaml": ["core/pipeline", "core/config"],
  "@marcbachmann/cel-js": ["core/pipeline"],
  "drizzle-orm": ["core/store"],
  "@libsql/client": ["core/store"],
  "libsql": ["core/store"],
  "extism": ["core/host"],
  "modern-tar": ["core/registry"],
  "effect": ["core/supervisor"],
  "@stricli/core": ["cli"],
  "@stricli/auto-complete": ["cli"],
};

/** The files of `cli` that may reach `core`, by dynamic import and by types only. */
export const CLI_DOORS: readonly string[] = ["cli/real-ports.ts", "cli/pipeline-file-form.ts"];

/** The commands that may go through those doors; every other one has the client alone. */
export const COMMANDS_WITH_DOORS: readonly RegExp[] = [
  /^cli\/commands\/(?:serve|dev|demo|validate|apply|diff|doctor|backup|restore|config)\.ts$/,
  /^cli\/commands\/plugin-[a-z-]+\.ts$/,
];
