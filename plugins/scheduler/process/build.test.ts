import { equal, ok } from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  binaryName,
  buildLauncher,
  findZig,
  TARGETS,
  UNTRIED_TARGETS,
  ZIG_VERSION,
} from "./build.ts";

const zig = await findZig();
const skip = zig ? false : `zig ${ZIG_VERSION} is not here: pip install ziglang==${ZIG_VERSION}`;

for (const target of TARGETS) {
  test(`${binaryName(target)} is what the source gives, byte for byte`, { skip }, async () => {
    await using folder = await temporary();
    const built = join(folder.path, "launcher");
    await buildLauncher(zig!, target, built);
    const committed = await readFile(new URL(`./bin/${binaryName(target)}`, import.meta.url));
    equal(
      (await readFile(built)).compare(committed),
      0,
      "build it anew: node plugins/scheduler/process/build.ts",
    );
  });
}

for (const target of UNTRIED_TARGETS) {
  test(`the source compiles for ${target.platform} ${target.arch}`, { skip }, async () => {
    await using folder = await temporary();
    const built = join(folder.path, "launcher");
    await buildLauncher(zig!, target, built);
    ok((await readFile(built)).length > 0);
  });
}

async function temporary() {
  const path = await mkdtemp(join(tmpdir(), "errand-build-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}
