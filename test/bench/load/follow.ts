import { request } from "node:http";
import process from "node:process";

/** Whose log to follow, as JSON in the only argument. */
interface FollowPlan {
  readonly url: string;
  readonly token: string;
  readonly run: string;
  /** True = each line of the log is an instant in epoch milliseconds. */
  readonly clock?: boolean;
}

/** What a follower saw. */
export interface Followed {
  /** Characters of the log itself; ours are ASCII. */
  readonly bytes: number;
  readonly endedAtMs: number;
  /** From the instant a line names to its arrival, in ms. */
  readonly latencies: readonly number[];
  /** What the server said in between. */
  readonly markers: readonly string[];
}

const plan = JSON.parse(process.argv[2]!) as FollowPlan;
const now = () => performance.timeOrigin + performance.now();
let bytes = 0;
let rest = "";
let log = "";
const latencies: number[] = [];
const markers: string[] = [];

const target = new URL(`/v1/namespaces/default/runs/${plan.run}/logs?follow=true`, plan.url);
const headers = { authorization: `Bearer ${plan.token}`, accept: "text/event-stream" };
await new Promise<void>((resolve, reject) => {
  request(target, { headers }, (incoming) => {
    if (incoming.statusCode !== 200) reject(new Error(`wanted 200, got ${incoming.statusCode}`));
    incoming.setEncoding("utf8").on("data", read).on("end", resolve).on("error", reject);
  }).on("error", reject).end();
});
console.log(JSON.stringify({ bytes, endedAtMs: now(), latencies, markers } satisfies Followed));

function read(chunk: string): void {
  rest += chunk;
  const blocks = rest.split("\n\n");
  rest = blocks.pop()!;
  for (const block of blocks) {
    const data = block.split("\n").find((line) => line.startsWith("data:"));
    if (!/^event: ?log$/m.test(block) || data === undefined) continue;
    const { text, stream } = JSON.parse(data.slice(5)) as { text: string; stream: string };
    if (stream === "marker") markers.push(text);
    else bytes += text.length;
    if (plan.clock) readClock(text);
  }
}

function readClock(text: string): void {
  log += text;
  const lines = log.split("\n");
  log = lines.pop()!;
  for (const line of lines) if (line !== "") latencies.push(now() - Number(line));
}
