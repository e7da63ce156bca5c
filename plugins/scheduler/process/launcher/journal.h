// A file that is only appended to, in lines that end in " ." (one that was cut is no line).
#ifndef ERRAND_JOURNAL_H
#define ERRAND_JOURNAL_H
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "wire.h"

struct journal {
  char path[PATH_MAX], old_path[PATH_MAX]; // what is in the old one ends with the next turn
  int fd;
  struct buffer unwritten;
  double dropped; // bytes that found no room on the disk, and are not yet said in the log
};

void journal_init(struct journal *j, const char *folder, const char *name);
// False = errno says why not.
bool journal_open(struct journal *j);
// Calls `take` with each line of a file and its end, where its " ." stood.
void journal_load(const char *path, void (*take)(char *line, char *end));
void journal_note(struct journal *j, const char *format, ...) __attribute__((format(printf, 2, 3)));
// Begins a new file. False = it goes on with this one.
bool journal_turn(struct journal *j);
// Writes what was noted. When the disk is full it is tried again later.
void journal_flush(struct journal *j);
#endif
