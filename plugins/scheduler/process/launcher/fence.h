// The ids that must never start again, for at least a day. Of each kind there are two sets; the older
// one is dropped at each turn.
#ifndef ERRAND_FENCE_H
#define ERRAND_FENCE_H
#include <stdbool.h>
#include <stdint.h>

enum fence_kind {
  FENCE_REMOVED, // attempts that were here
  FENCE_STOPPED, // stopped before they came: only the fence keeps a late start away
};

// A turn comes after FENCE_HOURS, of removed ones also after FENCE_MOST (state.c): their memory stays
// bounded whatever the load. A removed id is kept for a day at up to 23 of them a second, or for the
// next two million at more. A stopped one is always kept for a day.
enum { FENCE_HOURS = 24, FENCE_MOST = 2000000 };

void fence_add(enum fence_kind kind, const char *id);
// Of either kind.
bool fence_has(const char *id);
// Ids since the last turn.
uint32_t fence_count(enum fence_kind kind);
void fence_turn(enum fence_kind kind);
#endif
