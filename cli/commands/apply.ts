import { ErrandError } from "../../protocol/errors.ts";
import type { ErrandClient } from "../../protocol/http/client/mod.ts";
import { allPipelines } from "../all-pipelines.ts";
import { defineCommand } from "../command.ts";
import { connect } from "../connection.ts";
import type { CliContext } from "../context.ts";
import { EXIT } from "../exit-code.ts";
import { serverAliases, type ServerFlags, serverFlags, switchFlag } from "../flags.ts";
import { writeJson } from "../output/json-line.ts";
import { formatProblems } from "../output/problems.ts";
import { listPipelineFiles, loadPipelineFile, type ReadFile } from "../pipeline-files.ts";
import { refusalOf } from "../refusal.ts";

type Flags = ServerFlags & {
  readonly prune: boolean;
  readonly dryRun: boolean;
  readonly yes: boolean;
};

/** `errand apply FILE|DIR` */
export const command = defineCommand<Flags, [string?]>({
  brief: "store pipelines from files",
  description: "Stores a pipeline file, or every one in a folder, as the live version. All files " +
    "are checked first: when one is invalid, nothing is stored and the exit code is 2. A pipeline " +
    "that has not changed is left as it is. --prune also removes the pipelines of the namespace " +
    "that are not in the folder; on a terminal it asks first.",
  examples: [
    ["errand apply", "store ./errand.yaml"],
    ["errand apply pipelines/ --prune --dry-run", "show what storing that folder would do"],
  ],
  flags: {
    ...serverFlags,
    prune: switchFlag("remove the namespace's pipelines that are not in the folder"),
    dryRun: switchFlag("show what would be done, store nothing"),
    yes: switchFlag("do not ask before removing"),
  },
  aliases: serverAliases,
  args: {
    kind: "tuple",
    parameters: [{
      brief: "a pipeline file or a folder of them; - is stdin; default errand.yaml",
      parse: String,
      optional: true,
      placeholder: "FILE|DIR",
    }],
  },
  async run(context, flags, path = "errand.yaml") {
    const { isFolder, files } = await listPipelineFiles(context, path);
    if (flags.prune && !isFolder) {
      throw new ErrandError("invalid", `--prune wants a folder, ${path} is a file`);
    }
    const sources: ReadFile[] = [];
    for (const file of files) sources.push(await loadPipelineFile(context, file));
    if (!checkAll(context, sources)) return EXIT.usage;
    const client = await connect(context, flags);
    const names = new Set<string>();
    // a server refuses more than a file shows, such as a scheduler that it has not: before any is stored
    const rounds = flags.dryRun ? [true] : sources.length > 1 ? [true, false] : [false];
    for (const dryRun of rounds) {
      for (const source of sources) {
        const reading = source.reading as Extract<ReadFile["reading"], { valid: true }>;
        const { name } = reading.definition;
        names.add(name);
        const applied = await client.pipelines.apply(name, reading.file, { dryRun })
          .catch((reason) => {
            throw refusalOf(source.file, reason);
          });
        if (dryRun !== flags.dryRun) continue;
        const { pipeline, version, hash, changed } = applied;
        if (flags.json) writeJson(context.process.stdout, { pipeline, version, hash, changed });
        else {
          const verb = flags.dryRun ? "would become" : "is now";
          context.process.stdout.write(
            changed
              ? `${pipeline} ${verb} version ${version}\n`
              : `${pipeline} is version ${version} already: nothing to do\n`,
          );
        }
      }
    }
    if (flags.prune) await prune(context, { client, flags, keep: names });
  },
});

/** Says what is wrong with the files; true when nothing is. */
function checkAll(context: CliContext, sources: readonly ReadFile[]): boolean {
  const { stderr } = context.process;
  let valid = true;
  const fileOf = new Map<string, string>();
  for (const source of sources) {
    const { file, reading } = source;
    if (!reading.valid) {
      stderr.write(formatProblems(source, reading.problems, stderr));
      valid = false;
      continue;
    }
    const { name } = reading.definition;
    const other = fileOf.get(name);
    if (other !== undefined) {
      stderr.write(`errand: ${other} and ${file} both hold a pipeline ${name}: rename one\n`);
      valid = false;
    }
    fileOf.set(name, file);
  }
  if (!valid) stderr.write("errand: nothing was stored\n");
  return valid;
}

async function prune(
  context: CliContext,
  { client, flags, keep }: {
    readonly client: ErrandClient;
    readonly flags: Flags;
    readonly keep: ReadonlySet<string>;
  },
): Promise<void> {
  const { stdout, stderr, stdin } = context.process;
  const extra: string[] = [];
  for await (const { name } of allPipelines(client)) if (!keep.has(name)) extra.push(name);
  if (extra.length === 0) return;
  if (flags.dryRun) {
    for (const name of extra) {
      if (flags.json) stderr.write(`${name} would be removed\n`);
      else stdout.write(`${name} would be removed\n`);
    }
    return;
  }
  if (stdin.isTTY && !flags.yes) {
    stderr.write(`remove ${extra.join(", ")} from namespace ${client.namespace}? [y/N] `);
    if (!/^y(?:es)?$/i.test((await stdin.readLine()).trim())) {
      throw new ErrandError("cancelled", "nothing was removed");
    }
  }
  for (const name of extra) {
    await client.pipelines.remove(name);
    if (flags.json) stderr.write(`removed ${name}\n`);
    else stdout.write(`removed ${name}\n`);
  }
}
