// What the next launcher has to know, in two files (journal.h). `attempts`:
//   B bootId createdAt                                                     a launcher began
//   E epoch                                                                an epoch was seen
//   S id pid tick startedAt log                                            a child, before it becomes the program
//   O id uid path                                                          where it writes its outputs
//   X id pid startedAt finishedAt cause code signal cpuMs maxRss message   it ended
//   F id                                                                   stopped: must not start (again)
//   R id                                                                   removed: the same, and forgotten
// `stopped`, which is kept for a day whatever the load:
//   B bootId createdAt
//   F id                                                                   stopped before it came
// Nothing is synced: a crash of the machine ends all processes too.
#ifndef ERRAND_STATE_H
#define ERRAND_STATE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "attempt.h"

struct state_start {
  const char *id;
  pid_t pid;
  double tick; // see process.h
  const char *log_path;
  const char *output_path;
  uint32_t uid;
};

// Reads what earlier launchers left in `folder`, ends what is left of their attempts, and goes on
// writing. False = errno says why not.
bool state_open(const char *folder);

// The lines that a child writes itself. Returns its length, or -1 when it does not fit.
int state_format_start(char *line, size_t room, const struct state_start *start);
// The file to write it to.
int state_fd(void);

void state_note_exit(const struct attempt *a);
// Both fence the id; `known` = there is such an attempt.
void state_note_stop(const char *id, bool known);
void state_note_removal(const char *id);

// The highest epoch seen.
double state_epoch(void);
void state_note_epoch(double epoch);

// Writes what was noted. Call it before anybody is told. When the disk is full it is tried again later.
void state_flush(void);
#endif
