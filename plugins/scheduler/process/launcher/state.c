#include "state.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "fence.h"
#include "journal.h"
#include "output.h"
#include "process.h"

static struct journal attempts, stopped;
static double epoch;
static double created_at, stopped_created_at; // the files
static char boot[64];

int state_fd(void) { return attempts.fd; }
double state_epoch(void) { return epoch; }

int state_format_start(char *line, size_t room, const struct state_start *start) {
  int length = snprintf(line, room, "\nS %s %d %.0f %.0f %s .\n\nO %s %u %s .\n", start->id,
                        (int)start->pid, start->tick, wall_ms(), start->log_path, start->id,
                        (unsigned)start->uid, start->output_path);
  return length > 0 && (size_t)length < room ? length : -1;
}

void state_note_exit(const struct attempt *a) {
  const struct ending *end = &a->end;
  journal_note(&attempts, "\nX %s %d %.0f %.0f %d %d %d %.0f %.0f %s .\n", a->id, (int)a->pid,
               a->started_at, end->finished_at, (int)end->cause, end->code, end->signal, end->cpu_ms,
               end->max_rss_bytes, end->message ? end->message : "");
}

void state_note_stop(const char *id, bool known) {
  fence_add(known ? FENCE_REMOVED : FENCE_STOPPED, id);
  journal_note(known ? &attempts : &stopped, "\nF %s .\n", id);
}

void state_note_removal(const char *id) {
  fence_add(FENCE_REMOVED, id);
  journal_note(&attempts, "\nR %s .\n", id);
}

void state_note_epoch(double seen) {
  epoch = seen;
  journal_note(&attempts, "\nE %.0f .\n", seen);
}

static void note_start(const struct attempt *a) {
  double tick = a->run && !a->run->reaped ? start_tick_of(a->pid) : 0;
  journal_note(&attempts, "\nS %s %d %.0f %.0f %s .\n", a->id, (int)a->pid, tick, a->started_at,
               a->log_path);
  if (!a->output_path) return;
  journal_note(&attempts, "\nO %s %u %s .\n", a->id, (unsigned)a->uid, a->output_path);
}

// Begins a new file: fences stay in the old one until the next turn, attempts move over.
static void turn_attempts(void) {
  if (!journal_turn(&attempts)) return;
  fence_turn(FENCE_REMOVED);
  created_at = wall_ms();
  journal_note(&attempts, "\nB %s %.0f .\n", boot, created_at);
  journal_note(&attempts, "\nE %.0f .\n", epoch);
  for (const struct attempt *a = attempt_first(); a; a = a->next) {
    if (a->pid > 0) note_start(a);
    if (!a->run) state_note_exit(a);
  }
}

static void turn_stopped(void) {
  if (!journal_turn(&stopped)) return;
  fence_turn(FENCE_STOPPED);
  stopped_created_at = wall_ms();
  journal_note(&stopped, "\nB %s %.0f .\n", boot, stopped_created_at);
}

static bool is_old(double since) { return wall_ms() - since >= FENCE_HOURS * 3600e3; }

void state_flush(void) {
  uint32_t removed = fence_count(FENCE_REMOVED);
  if (removed >= FENCE_MOST || (removed > 0 && is_old(created_at))) turn_attempts();
  if (fence_count(FENCE_STOPPED) > 0 && is_old(stopped_created_at)) turn_stopped();
  journal_flush(&attempts);
  journal_flush(&stopped);
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
  free(a->output_path); // it was taken
  a->output_path = NULL;
  e.cause = (enum cause)cause;
  e.message = copy_message(line + at, end);
  a->pid = pid;
  a->started_at = started_at;
  a->end = e;
}

static void load_output(char *line, char *end) {
  char id[ID_MAX + 1];
  unsigned uid;
  int at = 0;
  if (sscanf(line, "%40s %u %n", id, &uid, &at) != 2 || !at) return;
  *end = '\0';
  struct attempt *a = attempt_find(id);
  if (!a || a->end.cause != 0 || a->output_path) return;
  a->output_path = strdup(line + at);
  a->uid = uid;
}

// One that has no end may still run: it is forgotten once that is settled.
static void load_removal(const char *id) {
  struct attempt *a = attempt_find(id);
  if (a && a->end.cause == 0) a->forgotten = true;
  else if (a) attempt_drop(a);
}

static void load_fence(char *line, char *end) {
  char id[ID_MAX + 1];
  (void)end;
  if ((line[0] != 'F' && line[0] != 'R') || sscanf(line + 2, "%40s", id) != 1) return;
  fence_add(FENCE_REMOVED, id);
  if (line[0] == 'R') load_removal(id);
}

static void load_line(char *line, char *end) {
  if (line[0] == 'F' || line[0] == 'R') {
    load_fence(line, end);
  } else if (line[0] == 'B') {
    if (created_at == 0) sscanf(line + 2, "%*s %lf", &created_at);
    sscanf(line + 2, "%63s", boot);
  } else if (line[0] == 'E') {
    double seen = strtod(line + 2, NULL);
    if (seen > epoch) epoch = seen;
  } else if (line[0] == 'S') {
    load_start(line + 2, end);
  } else if (line[0] == 'O') {
    load_output(line + 2, end);
  } else if (line[0] == 'X') {
    load_exit(line + 2, end);
  }
}

static void load_stopped(char *line, char *end) {
  char id[ID_MAX + 1];
  (void)end;
  if (line[0] == 'F' && sscanf(line + 2, "%40s", id) == 1) fence_add(FENCE_STOPPED, id);
  if (line[0] == 'B' && stopped_created_at == 0) sscanf(line + 2, "%*s %lf", &stopped_created_at);
}

// By the whole path: other launchers of this machine may know the same ids.
static bool is_left_over(const struct trace *of) {
  const struct attempt *a = attempt_find(of->id);
  return a && a->end.cause == CAUSE_EVICTED && a->output_path &&
         strcmp(a->output_path, of->output) == 0;
}

// Kills what an earlier launcher left running.
static size_t evict(bool same_boot) {
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
    if (!a->forgotten) state_note_exit(a);
    found++;
  }
  return found;
}

// Ends what an earlier launcher left, and waits for it, within a second.
static void end_left_over_attempts(bool same_boot) {
  if (evict(same_boot) > 0 && same_boot) {
    for (int tries = 0; end_left_over(is_left_over) > 0 && tries < 200; tries++) {
      nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
  }
  for (struct attempt *a = attempt_first(), *next; a; a = next) {
    next = a->next;
    output_take(a);
    if (!a->forgotten) continue;
    output_remove(a->id);
    attempt_drop(a);
  }
}

bool state_open(const char *folder) {
  journal_init(&attempts, folder, "attempts");
  journal_init(&stopped, folder, "stopped");
  journal_load(attempts.old_path, load_fence);
  journal_load(stopped.old_path, load_stopped);
  fence_turn(FENCE_REMOVED);
  fence_turn(FENCE_STOPPED);
  stopped_created_at = 0;
  journal_load(attempts.path, load_line);
  journal_load(stopped.path, load_stopped);
  if (!journal_open(&attempts) || !journal_open(&stopped)) return false;
  char now[sizeof boot];
  boot_id(now, sizeof now);
  bool same_boot = strcmp(now, boot) == 0;
  memcpy(boot, now, sizeof boot);
  if (created_at == 0) created_at = wall_ms();
  if (stopped_created_at == 0) {
    stopped_created_at = wall_ms();
    journal_note(&stopped, "\nB %s %.0f .\n", boot, stopped_created_at);
  }
  journal_note(&attempts, "\nB %s %.0f .\n", boot, wall_ms());
  end_left_over_attempts(same_boot);
  state_flush();
  return true;
}
