import { equal, ok } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { REQUEST, WireWriter } from "./launcher-wire.ts";
import { ProcessGround } from "./testing/ground.ts";
import { rawClient } from "./testing/raw-client.ts";

const PROC = process.platform === "linux" ? false : "it looks into /proc";
const NOT_ROOT = process.platform === "linux" && process.getuid?.() === 0
  ? false
  : "only root reads the launcher's memory";

test("requests that come faster than they are done do not pile up in the launcher", {
  skip: PROC,
}, async () => {
  await using ground = await ProcessGround.open({ launcher: "native" });
  await ground.run(ground.script("true"));
  const pid = await ground.launcherPid();
  const client = await rawClient(ground, 2);
  const count = 400_000;
  const frame = new WireWriter();
  frame.beginFrame(REQUEST.stop);
  frame.text("7-7-7-7");
  frame.f64(0);
  frame.endFrame();
  const one = Buffer.from(frame.take());
  client.socket.write(Buffer.alloc(one.length * count, one)); // 10 MB
  await client.answers(count + 1);
  const peakKiB = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]);
  ok(peakKiB < 6_000, `${peakKiB} KiB`);
  await client.close();
});

test("what a client sent and did not finish is wiped when it is gone", {
  skip: NOT_ROOT,
}, async () => {
  await using ground = await ProcessGround.open({ launcher: "native" });
  await ground.run(ground.script("true"));
  const pid = await ground.launcherPid();
  const secret = "the-secret-in-half-an-order";
  const client = await rawClient(ground, 2);
  const frame = new WireWriter();
  frame.beginFrame(REQUEST.find);
  frame.text("1-1-1-1");
  frame.endFrame();
  frame.beginFrame(REQUEST.start);
  frame.text(secret);
  frame.text("x".repeat(900_000)); // more than one read: the buffer grows
  frame.endFrame();
  client.socket.write(frame.take().subarray(0, -10));
  await client.answers(2);
  for (let sent = false; !sent;) sent = await isRead(pid, "x".repeat(4_000));
  ok(memoryOf(pid).includes(secret), "the test would find it");
  await client.close();
  const next = await rawClient(ground, 3);
  equal(memoryOf(pid).includes(secret), false);
  await next.close();
});

async function isRead(pid: number, text: string): Promise<boolean> {
  await new Promise((resolve) => setTimeout(resolve, 5));
  return memoryOf(pid).includes(text);
}

/** What the process may write to, as it is now. */
function memoryOf(pid: number): Buffer {
  const parts: Buffer[] = [];
  const fd = openSync(`/proc/${pid}/mem`, "r");
  for (const line of readFileSync(`/proc/${pid}/maps`, "utf8").split("\n")) {
    const found = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line);
    if (!found || line.includes("[v")) continue;
    const [from, to] = [BigInt(`0x${found[1]}`), BigInt(`0x${found[2]}`)];
    const part = Buffer.alloc(Number(to - from));
    try {
      const length = readSync(fd, part, 0, part.length, from);
      parts.push(part.subarray(0, length));
    } catch {
      // it was unmapped meanwhile
    }
  }
  closeSync(fd);
  return Buffer.concat(parts);
}
