import type { SecretStore } from "../kernel/secret-store.ts";
import type { SecretReader } from "../supervisor/mod.ts";

/** Reads secrets from the stores of this server, in their order: the first that has one gives it. */
export function secretReader(stores: readonly SecretStore[]): SecretReader {
  return {
    async read(scope, names) {
      const values = new Map<string, string>();
      const signal = AbortSignal.timeout(READ_MS);
      for (const store of stores) {
        const missing = names.filter((name) => !values.has(name));
        if (missing.length === 0) break;
        const { namespace, pipeline } = scope;
        const refs = missing.map((name) => ({ namespace, pipeline, name, version: "" }));
        const answer = await store.get(refs, signal);
        answer.values.forEach(({ found, value }, i) => {
          if (found) values.set(missing[i]!, new TextDecoder().decode(value));
        });
      }
      return values;
    },
  };
}

const READ_MS = 10_000;
