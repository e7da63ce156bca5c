import { Buffer } from "node:buffer";
import { mkdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import type { AttemptSpec } from "../../core/kernel/scheduler.ts";
import type { SchedulerWorkloads, Workload } from "../../core/conformance/mod.ts";

/** What a program may do to the attempt it is. */
export interface ProgramPorts {
  print(stream: "out" | "err", bytes: Uint8Array): void;
  outputs(bytes: Uint8Array): void;
  /** Says what SIGTERM does from now on: a code to end with, or undefined to run on. */
  onTerm(answer: () => number | undefined): void;
}

/** How a program ended; `running` = only a signal ends it. */
export type ProgramEnd = number | "running" | "killed" | "start_failed";

/** Runs `argv` of the small language that {@link MEMORY_WORKLOADS} speaks. */
export async function runProgram(spec: AttemptSpec, ports: ProgramPorts): Promise<ProgramEnd> {
  if (spec.work.kind !== "process") return "start_failed";
  const { argv: [name = "", first = "", second = ""], workdir } = spec.work;
  const folder = await enter(spec.workspace, workdir);
  if (folder === undefined) return "start_failed";
  switch (name) {
    case "exit":
      return Number(first);
    case "print":
      ports.print("out", Buffer.from(first, "base64"));
      ports.print("err", Buffer.from(second, "base64"));
      return 0;
    case "flood":
      ports.print("out", Buffer.alloc(Number(first), "x"));
      return 0;
    case "env":
      ports.print("out", Buffer.from(environment(spec)));
      return 0;
    case "pwd":
      ports.print("out", Buffer.from(`${folder}\n`));
      return 0;
    case "secret-file":
      ports.print("out", spec.secrets.find((it) => it.name === first)?.value ?? new Uint8Array());
      return 0;
    case "outputs":
      ports.outputs(Buffer.from(first));
      return 0;
    case "fill":
      ports.outputs(Buffer.alloc(Number(first), "x"));
      return 0;
    case "request":
      return (await fetch(first)).status === 200 ? 0 : 1;
    case "kill-itself":
      return "killed";
    case "wait":
      if (first !== "") ports.onTerm(() => first === "ignore" ? undefined : Number(first));
      ports.print("out", Buffer.from("ready\n"));
      return "running";
    default:
      return "start_failed";
  }
}

/** The programs that the conformance cases ask for. */
export const MEMORY_WORKLOADS: SchedulerWorkloads = {
  exit: (code) => program("exit", String(code)),
  print: (out, err) => program("print", base64(out), base64(err)),
  flood: (bytes) => program("flood", String(bytes)),
  printEnv: () => program("env"),
  untilStopped: () => program("wait"),
  exitOnTerm: (code) => program("wait", String(code)),
  ignoreTerm: () => program("wait", "ignore"),
  killItself: () => program("kill-itself"),
  writeOutputs: (text) => program("outputs", text),
  fillOutputs: (bytes) => program("fill", String(bytes)),
  missing: () => program("no-such-program"),
  printWorkdir: (workdir) => ({ work: { kind: "process", argv: ["pwd"], workdir } }),
  printSecretFile: (name) => program("secret-file", name),
  request: (url) => program("request", url),
  execCat: () => ["cat"],
};

function program(...argv: readonly string[]): Workload {
  return { work: { kind: "process", argv, workdir: "" } };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

function environment(spec: AttemptSpec): string {
  const secrets = spec.secrets.filter((it) => it.as === "env")
    .map((it) => [it.name, Buffer.from(it.value).toString()] as const);
  return [...Object.entries(spec.env), ...secrets]
    .map(([name, value]) => `${name}=${value}\n`).join("");
}

async function enter(workspace: string, workdir: string): Promise<string | undefined> {
  if (workspace === "") return "/";
  await mkdir(workspace, { recursive: true });
  return await realpath(join(workspace, workdir)).catch(() => undefined);
}
