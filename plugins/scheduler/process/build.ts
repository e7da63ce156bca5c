import { execFile } from "node:child_process";
import { chmod, copyFile, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";

/** The compiler, to the patch: another one makes other bytes. `pip install ziglang==…` */
export const ZIG_VERSION = "0.17.1";

/** One binary in `bin/`. */
export interface LauncherTarget {
  /** As `process.platform` and `process.arch` say it. */
  readonly platform: "linux" | "darwin";
  readonly arch: "x64" | "arm64";
  /** What zig calls it. */
  readonly triple: string;
}

/** The binaries that are committed. */
export const TARGETS: readonly LauncherTarget[] = [
  { platform: "linux", arch: "x64", triple: "x86_64-linux-musl" },
  { platform: "linux", arch: "arm64", triple: "aarch64-linux-musl" },
];

/** Those that can be built from the same source, and were not tried on a machine. */
export const UNTRIED_TARGETS: readonly LauncherTarget[] = [
  { platform: "darwin", arch: "x64", triple: "x86_64-macos.13.0" },
  { platform: "darwin", arch: "arm64", triple: "aarch64-macos.13.0" },
];

const SOURCES = fileURLToPath(new URL("./launcher/", import.meta.url));
const FLAGS = [
  "-std=c11",
  "-O2",
  "-Wall",
  "-Wextra",
  "-Werror",
  "-D_GNU_SOURCE",
  "-D_DARWIN_C_SOURCE",
  "-fno-ident",
  "-ffile-prefix-map=.=launcher",
  "-s",
];

const run = promisify(execFile);

/** The command that runs zig; undefined where {@link ZIG_VERSION} is not installed. */
export async function findZig(): Promise<readonly string[] | undefined> {
  for (const command of [["python3", "-m", "ziglang"], ["zig"]]) {
    const [file, ...args] = command as [string, ...string[]];
    const version = await run(file, [...args, "version"]).then((it) => it.stdout.trim(), () => "");
    if (version === ZIG_VERSION) return command;
  }
  return undefined;
}

/** The name of a target's binary in `bin/`. */
export function binaryName({ platform, arch }: LauncherTarget): string {
  return `errand-launcher-${platform}-${arch}`;
}

/**
 * Builds one binary into a file. The same source gives the same bytes, wherever it lies.
 *
 * @throws {Error} with the compiler's words.
 */
export async function buildLauncher(
  zig: readonly string[],
  target: LauncherTarget,
  into: string,
): Promise<void> {
  const other = target.platform === "linux" ? "process-darwin.c" : "process-linux.c";
  const sources = (await readdir(SOURCES)).filter((it) => it.endsWith(".c") && it !== other).sort();
  const link = target.platform === "linux" ? ["-static"] : [];
  const [file, ...args] = zig as [string, ...string[]];
  const all = [...args, "cc", "-target", target.triple, ...FLAGS, ...link, "-o", into, ...sources];
  await run(file, all, { cwd: SOURCES }).catch((error) => {
    throw new Error(error.stderr);
  });
}

/** Builds all committed binaries anew. */
async function main(): Promise<void> {
  const zig = await findZig();
  if (!zig) {
    console.error(`zig ${ZIG_VERSION} is wanted: pip install ziglang==${ZIG_VERSION}`);
    process.exitCode = 2;
    return;
  }
  const folder = await mkdtemp(join(tmpdir(), "errand-build-"));
  try {
    for (const target of TARGETS) {
      const built = join(folder, binaryName(target));
      await buildLauncher(zig, target, built);
      const to = fileURLToPath(new URL(`./bin/${binaryName(target)}`, import.meta.url));
      await rm(to, { force: true }); // it may be running
      await copyFile(built, to);
      await chmod(to, 0o755);
      console.log(to);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
