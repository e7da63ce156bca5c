#include "journal.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_UNWRITTEN = 4 << 20 };

void journal_init(struct journal *j, const char *folder, const char *name) {
  snprintf(j->path, sizeof j->path, "%s/%s", folder, name);
  snprintf(j->old_path, sizeof j->old_path, "%s/%s.old", folder, name);
  j->fd = -1;
}

bool journal_open(struct journal *j) {
  j->fd = open(j->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  return j->fd >= 0;
}

void journal_load(const char *path, void (*take)(char *line, char *end)) {
  FILE *file = fopen(path, "re");
  if (!file) return;
  char *line = NULL;
  size_t room = 0;
  for (ssize_t length; (length = getline(&line, &room, file)) > 0;) {
    if (length < 5 || strcmp(line + length - 3, " .\n") != 0) continue;
    take(line, line + length - 3);
  }
  free(line);
  fclose(file);
}

void journal_note(struct journal *j, const char *format, ...) {
  char line[PATH_MAX + 1024];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  if (length <= 0 || (size_t)length >= sizeof line) return;
  memcpy(reserve(&j->unwritten, (size_t)length), line, (size_t)length);
  j->unwritten.length += (size_t)length;
}

bool journal_turn(struct journal *j) {
  if (rename(j->path, j->old_path) != 0) return false;
  close(j->fd);
  if (!journal_open(j)) abort(); // nothing could be recorded: let the next launcher try
  return true;
}

void journal_flush(struct journal *j) {
  if (j->unwritten.length == 0) return;
  ssize_t n = write(j->fd, j->unwritten.bytes, j->unwritten.length);
  bool whole = n == (ssize_t)j->unwritten.length;
  // what was written in part is written once more, whole: a line may come twice
  if (!whole && j->unwritten.length <= MOST_UNWRITTEN) return;
  if (!whole) j->dropped += (double)j->unwritten.length;
  j->unwritten.length = 0;
  if (!whole || j->dropped == 0) return; // the log is on the same disk: it is said once there is room
  fprintf(stderr, "launcher %d: %.0f bytes of records found no room in \"%s\" and were dropped: "
          "a later launcher does not know them\n", (int)getpid(), j->dropped, j->path);
  j->dropped = 0;
}
