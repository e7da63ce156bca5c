import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRegistry } from "../registry/mod.ts";
import type { EngineFinding } from "./check-engine.ts";
import { BUILT_IN } from "./plugins.ts";

/** Opens every built-in plugin once, in a folder that goes again, and says which can run here. */
export async function checkBuiltIns(): Promise<readonly EngineFinding[]> {
  const folder = await mkdtemp(join(tmpdir(), "errand-doctor-"));
  try {
    await chmod(folder, 0o711); // as a data directory is: tasks of another uid pass through
    const registry = await openRegistry({
      roots: [{ dir: BUILT_IN, builtIn: true }],
      instances: {},
      grants: {},
      installation: "doctor",
      generation: 1,
      instancesDir: folder,
      ports: { log: () => {} },
    }, AbortSignal.timeout(10_000));
    const findings = await Promise.all(
      registry.instances.map(async (it): Promise<EngineFinding> => {
        const check = `plugin ${it.name}`;
        if (!it.handle) {
          return { check, state: "fail", message: it.reason ?? "it cannot be opened" };
        }
        const { state, message } = await it.handle.plugin.health(AbortSignal.timeout(2_000));
        return {
          check,
          state: state === "ready" ? "ok" : state === "degraded" ? "warn" : "fail",
          message: message || state,
        };
      }),
    );
    await registry.close();
    return findings;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
