import { strictEqual } from "node:assert/strict";
import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before } from "node:test";
import type { ServerProcess } from "../support/server-process.ts";
import { World } from "../support/world.ts";

/** One try of a task. */
export interface Attempt {
  readonly state: string;
  readonly reason?: string;
  readonly message?: string;
  readonly exitCode?: number;
  readonly signal?: string;
}

/** A task of a run. */
export interface Task {
  readonly name: string;
  readonly state: string;
  readonly reason?: string;
  readonly message?: string;
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly attempts: readonly Attempt[];
}

/** A run that has ended. */
export interface Run {
  readonly id: string;
  readonly state: string;
  readonly tasks: readonly Task[];
}

/** A server that the tests of one suite share. */
export interface Served {
  readonly world: World;
  readonly server: ServerProcess;
  /** A folder that tasks may write to. */
  readonly gates: string;
  /** Runs a pipeline of this name to its end. */
  ran(name: string, rest: Record<string, unknown>): Promise<Run>;
}

/** Starts a server before the suite's tests and ends it after them. */
export function served(
  options: { readonly settings?: string; readonly env?: Record<string, string> } = {},
): Served {
  const { settings, env } = options;
  let world: World;
  let server: ServerProcess;
  before(async () => {
    world = await World.open(settings === undefined ? {} : { settings });
    await mkdir(join(world.folder, "gates"));
    await chmod(join(world.folder, "gates"), 0o777); // tasks may have another uid
    server = await world.start(env ? { env } : {});
  });
  after(() => world.close());
  return {
    get world() {
      return world;
    },
    get server() {
      return server;
    },
    get gates() {
      return join(world.folder, "gates");
    },
    async ran(name, rest) {
      await server.apply({ name, ...rest });
      return await server.ended(await server.run(name));
    },
  };
}

/** The task of this name. */
export function named(run: Run, name: string): Task {
  return run.tasks.find((task) => task.name === name)!;
}

/** Asks for a run to end. */
export async function cancel(server: ServerProcess, runId: string, body = {}): Promise<void> {
  const path = `/v1/namespaces/default/runs/${runId}/cancel`;
  const { status } = await server.request("POST", path, body);
  strictEqual(status, 200);
}
