import type { Journal } from "../kernel/journal.ts";

/**
 * The journal as the supervisor has it. What is refused because the journal has ended is told only
 * when `closed` has settled: an engine that is still open would act on it, and stop its attempts.
 */
export function engineJournal(
  journal: Journal,
  at: { hasEnded(): boolean; closed(): Promise<void> },
): Journal {
  return {
    put(entry) {
      const { refused } = entry;
      if (!refused) return journal.put(entry);
      journal.put({
        ...entry,
        refused(error) {
          if (!at.hasEnded()) return refused(error);
          const tell = () => refused(error);
          void at.closed().then(tell, tell);
        },
      });
    },
  };
}
