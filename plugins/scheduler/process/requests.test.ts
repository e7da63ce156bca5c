import { equal, match, ok } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { execFileSync } from "node:child_process";
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
  const frame = new WireWriter();
  frame.beginFrame(REQUEST.epoch); // it has no answer that would hold us up
  frame.f64(2);
  frame.endFrame();
  const one = Buffer.from(frame.take());
  client.socket.write(Buffer.alloc(one.length * 2_000_000, one)); // 26 MB
  client.socket.write(stopOf("7-7-7-7"));
  await client.answers(2);
  const peakKiB = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]);
  ok(peakKiB < 5_000, `${peakKiB} KiB`);
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
  frame.text("x".repeat(200_000)); // the buffer is kept
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

test("records that a full disk had no room for are said in the log, once there is room", {
  skip: NOT_ROOT,
}, async () => {
  const small = await mkdtemp(join(tmpdir(), "errand-small-"));
  execFileSync("/bin/mount", ["-t", "tmpfs", "-o", "size=4m,mode=711", "tmpfs", small]);
  try {
    await using ground = await ProcessGround.open({ launcher: "native" }, { folder: small });
    await ground.run(ground.script("true", { workspace: "" }));
    await writeFile(join(small, "ballast"), new Uint8Array(5_000_000)).catch(() => {});
    const client = await rawClient(ground, 2);
    const count = 120_000; // more than the 4 MiB that wait for room
    for (let i = 0; i < count; i++) client.socket.write(stopOf(`1-${String(i).padStart(38, "0")}`));
    await client.answers(count + 1);
    await rm(join(small, "ballast"));
    client.socket.write(stopOf("1-1-0-1"));
    await client.answers(count + 2);
    const text = await readFile(join(ground.dataDir, "launcher.log"), "utf8");
    match(text, /: \d{7} bytes of records found no room in ".*\/stopped" and were dropped/);
    await client.close();
  } finally {
    execFileSync("/bin/umount", ["--lazy", small]);
    await rm(small, { recursive: true });
  }
});

function stopOf(attemptId: string): Uint8Array {
  const frame = new WireWriter();
  frame.beginFrame(REQUEST.stop);
  frame.text(attemptId);
  frame.f64(0);
  frame.endFrame();
  return frame.take();
}

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
