// What only the operating system knows about processes: process-linux.c, process-darwin.c.
#ifndef ERRAND_PROCESS_H
#define ERRAND_PROCESS_H
#include <stdbool.h>
#include <stddef.h>
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

// Decides by attempt id.
typedef bool (*id_test)(const char *id);

// Makes orphans of our attempts our children. Programs are known by ERRAND_OUTPUT in the environment
// they began with: `output_folder`/ID. macOS has nothing of the kind: orphans are not found there.
void processes_init(const char *output_folder);

// Kills those orphans that belong to an attempt for which the test is true. Returns how many.
int end_orphans(id_test test);

// The same over all processes of the machine, for those that an earlier launcher left.
int end_left_over(id_test test);
#endif
