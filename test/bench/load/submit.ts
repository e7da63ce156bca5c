import { Agent, request } from "node:http";
import process from "node:process";

/** What to send, as JSON in the only argument. */
interface SubmitPlan {
  readonly url: string;
  readonly token: string;
  readonly pipeline: string;
  readonly count: number;
  /** Keep-alive connections. */
  readonly connections: number;
  /** A second; absent = as fast as answers come. */
  readonly rate?: number;
}

/** One accepted run: epoch milliseconds with fractions. */
export interface Accepted {
  readonly id: string;
  readonly sentAtMs: number;
  readonly acceptedAtMs: number;
}

const plan = JSON.parse(process.argv[2]!) as SubmitPlan;
const agent = new Agent({ keepAlive: true, maxSockets: plan.connections });
const target = new URL(
  `/v1/namespaces/default/pipelines/${plan.pipeline}/runs`,
  plan.url,
);
const body = '{"params":{}}';

const accepted: Accepted[] = [];
if (plan.rate === undefined) await closedLoop(plan.count, plan.connections);
else await openLoop(plan.count, plan.rate);
agent.destroy();
console.log(JSON.stringify(accepted));

async function closedLoop(count: number, connections: number): Promise<void> {
  let left = count;
  await Promise.all(Array.from({ length: connections }, async () => {
    while (left-- > 0) await submit();
  }));
}

/** Sends at its own pace, whatever the answers do: a slow server shows as latency. */
async function openLoop(count: number, rate: number): Promise<void> {
  const startedAt = performance.now();
  const sent: Promise<void>[] = [];
  while (sent.length < count) {
    const due = Math.min(count, Math.floor((performance.now() - startedAt) * rate / 1_000) + 1);
    while (sent.length < due) sent.push(submit());
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(sent);
}

function submit(): Promise<void> {
  const sentAtMs = performance.timeOrigin + performance.now();
  return new Promise((resolve, reject) => {
    const outgoing = request(target, {
      method: "POST",
      agent,
      headers: {
        authorization: `Bearer ${plan.token}`,
        "content-type": "application/json",
        "content-length": body.length,
      },
    }, (incoming) => {
      const acceptedAtMs = performance.timeOrigin + performance.now();
      let text = "";
      incoming.setEncoding("utf8").on("data", (chunk: string) => text += chunk);
      incoming.on("error", reject).on("end", () => {
        if (incoming.statusCode !== 202) {
          reject(new Error(`wanted 202, got ${incoming.statusCode}: ${text}`));
          return;
        }
        accepted.push({ id: (JSON.parse(text) as { id: string }).id, sentAtMs, acceptedAtMs });
        resolve();
      });
    });
    outgoing.on("error", reject).end(body);
  });
}
