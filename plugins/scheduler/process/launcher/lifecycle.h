// What happens to an attempt between its start and its end.
//
// It is settled, and its exit reported, when its process has ended, its pipes are at their end and
// nothing is left of its session. What outlives the process gets LINGER_MS (after a stop: the rest of
// the grace), then SIGKILL; at the latest GIVE_UP_MS later it is settled all the same.
#ifndef ERRAND_LIFECYCLE_H
#define ERRAND_LIFECYCLE_H
#include <stdbool.h>
#include <stdint.h>

#include "attempt.h"

enum { LINGER_MS = 500, GIVE_UP_MS = 1000, LOOK_AGAIN_MS = 10 };

// Milliseconds from now; 0 = no limit.
void set_limit(struct attempt *a, double run_ms);
// Asks it to end, and kills it after the grace. Repeated, it can only shorten the grace.
void stop_attempt(struct attempt *a, double grace_ms);
// Stops all of them, as evicted, and lets no other start.
void end_all(double grace_ms);
bool launcher_ends(void);
// Forgets it and fences its id; one that runs is killed first.
void remove_attempt(struct attempt *a);
void settle_as_failed(struct attempt *a, int code, const char *message);

// Collects the processes that have ended.
void reap(void);
// Reads once from a pipe, at most 64 KiB.
void read_stream(struct attempt *a, struct stream *s);
// Does what is due. Returns the milliseconds until it has to be called again, -1 = when something happens.
int run_clock(void);

bool pipe_cloexec(int ends[2]);
#endif
