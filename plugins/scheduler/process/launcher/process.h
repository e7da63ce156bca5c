// What only the operating system knows about processes: process-linux.c, process-darwin.c.
#ifndef ERRAND_PROCESS_H
#define ERRAND_PROCESS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// When a process was started, in a unit of the system's own; 0 = there is none with this pid. With
// start_tick_now(), taken while it lives, a pid that was given to another one later is told apart:
// the other one's tick is higher.
double start_tick_of(pid_t pid);
double start_tick_now(void);

// Names this boot of the machine; no process outlives it.
void boot_id(char *text, size_t room);

// Waits for a child that is about to end.
void discard_child(pid_t pid);

// By what a process is known: by ERRAND_OUTPUT in the environment it began with, and by its user.
struct trace {
  const char *id;     // of its attempt; "" = not known
  const char *output; // ERRAND_OUTPUT
  uint32_t uid;       // KEEP_USER = not known
};

typedef bool (*trace_test)(const struct trace *of);

// Makes orphans of our attempts our children. macOS has nothing of the kind: orphans are not found there.
void processes_init(void);

// Kills those orphans for which the test is true. Returns how many.
int end_orphans(trace_test test);

// The same over all processes of the machine, for those that an earlier launcher left.
int end_left_over(trace_test test);
#endif
