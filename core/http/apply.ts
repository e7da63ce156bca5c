import { ErrandError } from "../../protocol/errors.ts";
import type { Applied, Removed } from "../../protocol/http/mod.ts";
import { parsePipeline, pipelineHash, type PipelineProblem } from "../pipeline/mod.ts";
import { HttpError } from "./answer.ts";
import { KeyedQueue } from "./keyed-queue.ts";
import { noPipeline } from "./missing.ts";
import type { ApiPorts, StoredPipeline } from "./ports.ts";

/** Which pipeline, and what the caller believes about it. */
interface Change {
  readonly namespace: string;
  readonly name: string;
  readonly ifMatch: string | undefined;
  readonly by: string;
}

/** Changes of one pipeline come one after the other: what was compared is what is replaced. */
const queues = new WeakMap<object, KeyedQueue>();

/**
 * Makes a pipeline be as a file says.
 *
 * @throws {ErrandError} `invalid` with `problems`; `conflict` when `ifMatch` does not match
 */
export async function applyPipeline(
  ports: ApiPorts,
  change: Change & { readonly text: string; readonly dryRun: boolean },
): Promise<Applied> {
  const { namespace, name, by } = change;
  const { pipeline, problems } = parsePipeline(change.text);
  if (!pipeline) throw invalidPipeline(problems);
  if (pipeline.name !== name) {
    throw new ErrandError(
      "invalid",
      `the path names the pipeline ${name}, the body ${pipeline.name}: make them the same`,
    );
  }
  const lacking = await ports.checkPipeline(pipeline, { namespace, text: change.text });
  if (lacking.length > 0) throw invalidPipeline(lacking);
  const hash = pipelineHash(pipeline);
  return await queueOf(ports).run(`${namespace}/${name}`, async () => {
    const live = await ports.pipelines.live(namespace, name);
    checkMatch(change, live);
    if (change.dryRun || live?.hash === hash) {
      const version = live?.hash === hash ? live.version : await nextVersion(ports, change);
      return { pipeline: name, version, hash, changed: live?.hash !== hash };
    }
    const put = await ports.pipelines.put({ namespace, definition: pipeline, hash, by });
    return { pipeline: name, version: put.version, hash, changed: put.changed };
  });
}

/**
 * Removes a pipeline; one that was removed already stays so.
 *
 * @throws {ErrandError} `not_found` when there never was one; `conflict`
 */
export function removePipeline(ports: ApiPorts, change: Change): Promise<Removed> {
  const { namespace, name, by } = change;
  return queueOf(ports).run(`${namespace}/${name}`, async () => {
    const live = await ports.pipelines.live(namespace, name);
    if (!live && await nextVersion(ports, change) === 1) throw noPipeline(namespace, name);
    checkMatch(change, live);
    if (live) await ports.pipelines.remove({ namespace, name, by });
    return { pipeline: name, changed: live !== undefined };
  });
}

function queueOf(ports: ApiPorts): KeyedQueue {
  let queue = queues.get(ports);
  if (!queue) queues.set(ports, queue = new KeyedQueue());
  return queue;
}

async function nextVersion(ports: ApiPorts, { namespace, name }: Change): Promise<number> {
  const before = Number.MAX_SAFE_INTEGER;
  const [last] = await ports.pipelines.versions({ namespace, name, before, limit: 1 });
  return (last?.version ?? 0) + 1;
}

/** RFC 9110, 13.1.1: entity tags, here the hash or the number of the live version. */
function checkMatch({ name, ifMatch }: Change, live: StoredPipeline | undefined): void {
  if (ifMatch === undefined) return;
  const wanted = ifMatch.split(",").map((tag) => tag.trim().replace(/^(?:W\/)?"(.*)"$/, "$1"));
  const has = live &&
    wanted.some((tag) => tag === "*" || tag === live.hash || tag === String(live.version));
  if (has) return;
  const found = live ? `version ${live.version} (${live.hash}) is` : "none is";
  throw new HttpError(
    new ErrandError(
      "conflict",
      `another version of ${name} was wanted to be live, ${found}: look at the change, then apply again`,
      { facts: live ? { version: live.version, hash: live.hash } : {} },
    ),
    { status: 412 },
  );
}

function invalidPipeline(problems: readonly PipelineProblem[]): ErrandError {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
  const message = `the pipeline is invalid: line ${first?.line}: ${first?.message}${more}`;
  return new ErrandError("invalid", message, { facts: { problems } });
}
