#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "fence.h"
#include "process.h"
#include "wire.h"

enum { MOST_UNWRITTEN = 4 << 20 };

static char path[PATH_MAX], old_path[PATH_MAX];
static int fd = -1;
static double epoch, created_at;
static struct buffer unwritten;
static char boot[64];

int state_fd(void) { return fd; }
double state_epoch(void) { return epoch; }

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void note(const char *format, ...) {
  char line[PATH_MAX + 1024];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  if (length <= 0 || (size_t)length >= sizeof line) return;
  memcpy(reserve(&unwritten, (size_t)length), line, (size_t)length);
  unwritten.length += (size_t)length;
}

int state_format_start(char *line, size_t room, const struct state_start *start) {
  int length = snprintf(line, room, "\nS %s %d %.0f %.0f %s .\n", start->id, (int)start->pid,
                        start->tick, wall_ms(), start->log_path);
  return length > 0 && (size_t)length < room ? length : -1;
}

void state_note_exit(const struct attempt *a) {
  const struct ending *end = &a->end;
  note("\nX %s %d %.0f %.0f %d %d %d %.0f %.0f %s .\n", a->id, (int)a->pid, a->started_at,
       end->finished_at, (int)end->cause, end->code, end->signal, end->cpu_ms, end->max_rss_bytes,
       end->message ? end->message : "");
}

void state_note_stop(const char *id) {
  fence_add(id);
  note("\nF %s .\n", id);
}

void state_note_removal(const char *id) {
  fence_add(id);
  note("\nR %s .\n", id);
}

void state_note_epoch(double seen) {
  epoch = seen;
  note("\nE %.0f .\n", seen);
}

static bool open_file(void) {
  fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  return fd >= 0;
}

// Begins a new file: fences stay in the old one until the next turn, attempts move over.
static void turn(void) {
  if (rename(path, old_path) != 0) return;
  close(fd);
  if (!open_file()) abort(); // nothing could be recorded: let the next launcher try
  fence_turn();
  created_at = wall_ms();
  note("\nB %s %.0f .\n", boot, created_at);
  note("\nE %.0f .\n", epoch);
  for (const struct attempt *a = attempt_first(); a; a = a->next) {
    if (a->pid > 0) {
      double tick = a->run && !a->run->reaped ? start_tick_of(a->pid) : 0;
      note("\nS %s %d %.0f %.0f %s .\n", a->id, (int)a->pid, tick, a->started_at, a->log_path);
    }
    if (!a->run) state_note_exit(a);
  }
}

void state_flush(void) {
  if (fence_count() > 0 && (fence_count() >= FENCE_MOST ||
                            wall_ms() - created_at >= FENCE_HOURS * 3600e3)) {
    turn();
  }
  if (unwritten.length == 0) return;
  ssize_t n = write(fd, unwritten.bytes, unwritten.length);
  // what was written in part is written once more, whole: a line may come twice
  if (n == (ssize_t)unwritten.length || unwritten.length > MOST_UNWRITTEN) unwritten.length = 0;
}

static char *copy_message(const char *from, const char *end) {
  return end > from ? strndup(from, (size_t)(end - from)) : NULL;
}

// The first launcher after a crash finds starts without an end: `run` is NULL and cause 0 until then.
static void load_start(char *line, char *end) {
  char id[ID_MAX + 1];
  int pid, at = 0;
  double tick, started_at;
  if (sscanf(line, "%40s %d %lf %lf %n", id, &pid, &tick, &started_at, &at) != 4 || !at) return;
  *end = '\0';
  struct attempt *a = attempt_find(id);
  if (!a) a = attempt_add(id, line + at < end ? line + at : "");
  if (!a) abort();
  if (a->end.cause != 0) return;
  a->pid = pid;
  a->started_at = started_at;
  a->end.finished_at = tick; // until it is known
}

static void load_exit(const char *line, const char *end) {
  char id[ID_MAX + 1];
  int pid, cause, at = 0;
  double started_at;
  struct ending e = {0};
  if (sscanf(line, "%40s %d %lf %lf %d %d %d %lf %lf %n", id, &pid, &started_at, &e.finished_at,
             &cause, &e.code, &e.signal, &e.cpu_ms, &e.max_rss_bytes, &at) != 9 || !at) {
    return;
  }
  struct attempt *a = attempt_find(id);
  if (!a) a = attempt_add(id, "");
  if (!a) abort();
  free(a->end.message);
  e.cause = (enum cause)cause;
  e.message = copy_message(line + at, end);
  a->pid = pid;
  a->started_at = started_at;
  a->end = e;
}

static void load_line(char *line, char *end, bool current) {
  char id[ID_MAX + 1];
  if ((line[0] == 'F' || line[0] == 'R') && sscanf(line + 2, "%40s", id) == 1) {
    fence_add(id);
    struct attempt *a = line[0] == 'R' ? attempt_find(id) : NULL;
    if (a) attempt_drop(a);
  } else if (!current) {
    return;
  } else if (line[0] == 'B') {
    if (created_at == 0) sscanf(line + 2, "%*s %lf", &created_at);
    sscanf(line + 2, "%63s", boot);
  } else if (line[0] == 'E') {
    double seen = strtod(line + 2, NULL);
    if (seen > epoch) epoch = seen;
  } else if (line[0] == 'S') {
    load_start(line + 2, end);
  } else if (line[0] == 'X') {
    load_exit(line + 2, end);
  }
}

static void load(const char *from, bool current) {
  FILE *file = fopen(from, "re");
  if (!file) return;
  char *line = NULL;
  size_t room = 0;
  for (ssize_t length; (length = getline(&line, &room, file)) > 0;) {
    if (length < 5 || strcmp(line + length - 3, " .\n") != 0) continue;
    load_line(line, line + length - 3, current);
  }
  free(line);
  fclose(file);
}

static bool is_left_over(const char *id) {
  const struct attempt *a = attempt_find(id);
  return !a || a->end.cause == CAUSE_EVICTED;
}

// Kills what an earlier launcher left running, and waits for it, within a second.
static void end_left_over_attempts(bool same_boot) {
  size_t found = 0;
  for (struct attempt *a = attempt_first(); a; a = a->next) {
    if (a->end.cause != 0) continue;
    double tick = a->end.finished_at;
    if (same_boot && start_tick_of(a->pid) > 0 && start_tick_of(a->pid) <= tick) kill(-a->pid, SIGKILL);
    a->end = (struct ending){
        .cause = CAUSE_EVICTED,
        .code = 128 + SIGKILL,
        .signal = SIGKILL,
        .finished_at = wall_ms(),
        .message = strdup("the launcher that ran it has ended; what was left of it was killed"),
    };
    state_note_exit(a);
    found++;
  }
  if (found == 0 || !same_boot) return;
  for (int tries = 0; end_left_over(is_left_over) > 0 && tries < 200; tries++) {
    nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
  }
}

bool state_open(const char *folder) {
  snprintf(path, sizeof path, "%s/attempts", folder);
  snprintf(old_path, sizeof old_path, "%s/attempts.old", folder);
  load(old_path, false);
  fence_turn();
  load(path, true);
  if (!open_file()) return false;
  char now[sizeof boot];
  boot_id(now, sizeof now);
  bool same_boot = strcmp(now, boot) == 0;
  memcpy(boot, now, sizeof boot);
  if (created_at == 0) created_at = wall_ms();
  note("\nB %s %.0f .\n", boot, wall_ms());
  end_left_over_attempts(same_boot);
  state_flush();
  return true;
}
