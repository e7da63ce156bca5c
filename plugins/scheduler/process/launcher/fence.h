// The ids that must never start again, for at least a day: two sets, the older one dropped at each turn.
#ifndef ERRAND_FENCE_H
#define ERRAND_FENCE_H
#include <stdbool.h>
#include <stdint.h>

// A turn comes after FENCE_HOURS or FENCE_MOST ids (state.c): memory stays bounded whatever the load.
// An id is kept for a day at up to 23 ids a second, or for the next two million ids at more.
enum { FENCE_HOURS = 24, FENCE_MOST = 2000000 };

void fence_add(const char *id);
bool fence_has(const char *id);
// Ids since the last turn.
uint32_t fence_count(void);
void fence_turn(void);
#endif
