import { type AttemptSpec, PluginError, type Work } from "../../../protocol/sdk/typescript/mod.ts";
import { MAX_REQUEST_BYTES, REQUEST, type WireWriter } from "./launcher-wire.ts";
import { redactForms } from "../../../protocol/sdk/typescript/mod.ts";
import type { TaskUsers } from "./task-user.ts";

/** The launcher adds this one itself: it owns the file. */
const OUTPUT_NAME = "ERRAND_OUTPUT";

/**
 * Writes an attempt as a START frame.
 *
 * @throws {PluginError} `unsupported` for what this scheduler cannot do, `invalid` for texts that no
 * process can be given, `too_large`; nothing is written then.
 */
export function writeOrder(to: WireWriter, spec: AttemptSpec, users: TaskUsers): void {
  const work = checkedWork(spec);
  const user = users.of(spec.attemptId);
  const before = to.length;
  to.beginFrame(REQUEST.start);
  for (const text of [spec.attemptId, spec.logFile, spec.workspace, work.workdir]) to.text(text);
  to.u32(user.uid);
  to.u32(user.gid);
  to.f64(spec.maxLogBytes);
  to.f64(spec.runMs);
  to.u32(work.argv.length);
  for (const text of work.argv) to.text(text);
  writeEnvironment(to, spec);
  writePatterns(to, spec);
  to.endFrame();
  if (to.length - before > MAX_REQUEST_BYTES) {
    to.cutTo(before);
    throw new PluginError("too_large", `an attempt takes at most ${MAX_REQUEST_BYTES} bytes`);
  }
}

function writeEnvironment(to: WireWriter, spec: AttemptSpec): void {
  const names = Object.keys(spec.env).filter((name) => name !== OUTPUT_NAME);
  const secrets = spec.secrets.filter(({ name }) => name !== OUTPUT_NAME);
  to.u32(names.length + secrets.length);
  for (const name of names) to.text(`${name}=`, spec.env[name]!);
  for (const { name, value } of secrets) to.text(`${name}=`, value);
}

function writePatterns(to: WireWriter, spec: AttemptSpec): void {
  const forms = spec.redact.length === 0 ? [] : redactForms(spec.redact);
  to.u32(forms.length);
  for (const form of forms) to.bytes(form);
}

function checkedWork(spec: AttemptSpec): Work & { readonly kind: "process" } {
  const { work, limits } = spec;
  if (work.kind !== "process") {
    throw new PluginError("unsupported", `this scheduler runs processes, not ${work.kind}`);
  }
  if (limits.cpu > 0 || limits.memoryBytes > 0 || limits.pids > 0) {
    throw new PluginError(
      "unsupported",
      "a process has no limits of cpu, memory or pids here: use a container",
    );
  }
  if (!/^[0-9-]{1,40}$/.test(spec.attemptId)) {
    throw new PluginError("invalid", `"${spec.attemptId}" is no attempt id`);
  }
  if (work.argv.length === 0 || work.argv[0] === "") {
    throw new PluginError("invalid", "a program is wanted, found none");
  }
  if (/[\0\n]/.test(spec.logFile + spec.workspace)) {
    throw new PluginError("invalid", "the paths of a log file and a workspace have no line feed");
  }
  for (const text of [...work.argv, work.workdir, spec.workspace]) noNul(text, "the command");
  for (const [name, value] of Object.entries(spec.env)) checkVariable(name, value);
  for (const { name, value, as } of spec.secrets) {
    if (as !== "env") {
      throw new PluginError("unsupported", "a secret reaches a process by env only");
    }
    checkVariable(name, value.includes(0) ? "\0" : "");
  }
  return work;
}

function checkVariable(name: string, value: string): void {
  if (name === "" || name.includes("=")) {
    throw new PluginError("invalid", `"${name}" is no name of a variable`);
  }
  noNul(name, "a variable's name");
  noNul(value, `the variable ${name}`);
}

function noNul(text: string, what: string): void {
  if (text.includes("\0")) throw new PluginError("invalid", `${what} has a byte 0 in it`);
}
