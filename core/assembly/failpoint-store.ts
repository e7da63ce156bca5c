import { failpoint } from "../kernel/failpoint.ts";
import type { GroupStore } from "../kernel/journal.ts";

/** A store that passes the crash tests' places around commits that hold runs. */
export function failpointStore(store: GroupStore): GroupStore {
  return {
    async commit(group) {
      const holdsRuns = group.rows.some((row) => row.table === "run");
      if (holdsRuns) failpoint("before_commit");
      await store.commit(group);
      if (holdsRuns) failpoint("after_commit");
    },
    hasGroup: (number) => store.hasGroup(number),
  };
}
