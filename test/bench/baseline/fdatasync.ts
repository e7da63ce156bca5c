import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import process from "node:process";

/** How often, and in which file, as JSON in the only argument. */
const { file, count } = JSON.parse(process.argv[2]!) as { file: string; count: number };
const page = new Uint8Array(4096).fill(97);
const handle = openSync(file, "a");
const times: number[] = [];
for (let i = 0; i < count; i++) {
  const startedAt = performance.now();
  writeSync(handle, page);
  fdatasyncSync(handle);
  times.push(performance.now() - startedAt);
}
closeSync(handle);
console.log(JSON.stringify(times));
