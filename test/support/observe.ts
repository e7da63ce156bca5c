import { readFile } from "node:fs/promises";
import type { LogEvent } from "../../protocol/http/client/mod.ts";
import type { ServerProcess } from "./server-process.ts";

/** How long whatever a test waits for may take. */
const LIMIT_MS = 30_000;

/** Waits until a task of a run is in this state, by following the run's events. */
export async function untilTask(
  server: ServerProcess,
  runId: string,
  at: { readonly task: string; readonly state: string },
): Promise<void> {
  const is = async () => {
    const { tasks } = await server.show(runId);
    return tasks.find(({ name }: { readonly name: string }) => name === at.task).state === at.state;
  };
  const path = `/v1/namespaces/default/events?run=${runId}`;
  for await (const _ of streamed(server, path, is)) if (await is()) return;
}

/** Waits until a task has written this text, by following its log. */
export async function untilLog(
  server: ServerProcess,
  runId: string,
  at: { readonly task: string; readonly text: string },
): Promise<void> {
  let text = "";
  const path = `/v1/namespaces/default/runs/${runId}/logs?task=${at.task}&follow=true`;
  for await (const event of streamed(server, path)) {
    if (event.event !== "log") continue;
    text = (text + (JSON.parse(event.data) as LogEvent).text).slice(-65_536);
    if (text.includes(at.text)) return;
  }
  throw new Error(`the log of ${at.task} ended without ${JSON.stringify(at.text)}`);
}

/** The log of a run or a task of it, read in pages to its end. */
export async function readLog(
  server: ServerProcess,
  runId: string,
  task?: string,
): Promise<
  {
    readonly text: string;
    readonly markers: readonly string[];
    readonly items: readonly LogEvent[];
  }
> {
  const items: LogEvent[] = [];
  const only = task === undefined ? "" : `&task=${task}`;
  for (let cursor = "";;) {
    const path = `/v1/namespaces/default/runs/${runId}/logs?cursor=${
      encodeURIComponent(cursor)
    }${only}`;
    const { status, body } = await server.request("GET", path);
    if (status !== 200) throw new Error(`logs: ${status} ${JSON.stringify(body)}`);
    items.push(...body.items);
    if (body.end || (body.items.length === 0 && body.cursor === cursor)) break;
    cursor = body.cursor;
  }
  const textOf = (wanted: (item: LogEvent) => boolean) => items.filter(wanted).map((it) => it.text);
  return {
    items,
    text: textOf(({ stream }) => stream !== "marker").join(""),
    markers: textOf(({ stream }) => stream === "marker"),
  };
}

/** The most memory that a process has held so far, in MiB. */
export async function peakMemory(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(text)![1]) / 1024;
}

/** The events of a stream; ends when `done` is true once the stream is open, or with the stream. */
async function* streamed(
  server: ServerProcess,
  path: string,
  done: () => Promise<boolean> = () => Promise.resolve(false),
): AsyncGenerator<{ readonly event: string; readonly data: string }> {
  const response = await fetch(server.url + path, {
    headers: { authorization: `Bearer ${server.token}`, accept: "text/event-stream" },
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  if (await done()) return void await response.body?.cancel();
  let rest = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + chunk).split("\n\n");
    rest = blocks.pop()!;
    for (const block of blocks) {
      const event = /^event: ?(.*)$/m.exec(block)?.[1];
      const data = /^data: ?(.*)$/m.exec(block)?.[1];
      if (event !== undefined && data !== undefined) yield { event, data };
    }
  }
}
