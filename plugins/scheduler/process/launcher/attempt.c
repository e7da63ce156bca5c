#include "attempt.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct attempt **live;
size_t live_count;

static size_t live_room;
static struct attempt *table[4096];
static struct attempt *first, *last;
static struct attempt *report_first, *report_last;
static double orders;

static struct attempt **bucket(const char *id) {
  uint32_t h = 2166136261u;
  for (; *id; id++) h = (h ^ (uint8_t)*id) * 16777619u;
  return &table[h % (sizeof table / sizeof *table)];
}

bool is_attempt_id(const char *id) {
  size_t length = strspn(id, "0123456789-");
  return length > 0 && length <= ID_MAX && id[length] == '\0';
}

struct attempt *attempt_find(const char *id) {
  struct attempt *a = *bucket(id);
  while (a && strcmp(a->id, id) != 0) a = a->hash_next;
  return a;
}

struct attempt *attempt_by_pid(pid_t pid) {
  for (size_t i = 0; i < live_count; i++) {
    if (live[i]->pid == pid && !live[i]->run->reaped) return live[i];
  }
  return NULL;
}

struct attempt *attempt_first(void) { return first; }

struct attempt *attempt_of_uid(uint32_t uid, const struct attempt *but) {
  for (size_t i = 0; i < live_count; i++) {
    if (live[i] != but && live[i]->uid == uid) return live[i];
  }
  return NULL;
}

bool is_uid_of_run(const char *id, uint32_t uid) {
  return uid == RUN_UID_FIRST + (uint32_t)(strtoull(id, NULL, 10) % RUN_UIDS);
}

struct attempt *attempt_add(const char *id, const char *log_path) {
  struct attempt *a = calloc(1, sizeof *a);
  char *path = strdup(log_path);
  if (!a || !path) {
    free(a);
    free(path);
    return NULL;
  }
  strncpy(a->id, id, ID_MAX);
  a->log_path = path;
  a->order = ++orders;
  struct attempt **at = bucket(id);
  a->hash_next = *at;
  *at = a;
  a->previous = last;
  if (last) last->next = a;
  else first = a;
  last = a;
  return a;
}

bool attempt_make_live(struct attempt *a) {
  if (live_count == live_room) {
    size_t room = live_room * 2 + 16;
    struct attempt **more = realloc(live, room * sizeof *live);
    if (!more) return false;
    live = more;
    live_room = room;
  }
  struct running *run = calloc(1, sizeof *run);
  if (!run) return false;
  run->index = live_count;
  log_init(&run->log, "", 0);
  for (int i = 0; i < 2; i++) {
    run->streams[i] = (struct stream){.fd = -1, .name = i ? STREAM_ERR : STREAM_OUT, .redact = {.mask_left = -1}};
  }
  live[live_count++] = a;
  a->run = run;
  return true;
}

void attempt_end(struct attempt *a) {
  struct running *run = a->run;
  if (!run) return;
  for (int i = 0; i < 2; i++) {
    if (run->streams[i].fd >= 0) close(run->streams[i].fd);
    free(run->streams[i].held);
  }
  log_close(&run->log);
  redactor_free(run->redactor);
  live[run->index] = live[--live_count];
  live[run->index]->run->index = run->index;
  free(run);
  a->run = NULL;
}

void attempt_drop(struct attempt *a) {
  attempt_end(a);
  struct attempt **at = bucket(a->id);
  while (*at != a) at = &(*at)->hash_next;
  *at = a->hash_next;
  if (a->previous) a->previous->next = a->next;
  else first = a->next;
  if (a->next) a->next->previous = a->previous;
  else last = a->previous;
  if (a->in_report) {
    struct attempt **in = &report_first, *before = NULL;
    while (*in != a) before = *in, in = &(*in)->report_next;
    *in = a->report_next;
    if (report_last == a) report_last = before;
  }
  free(a->log_path);
  free(a->output_path);
  free(a->end.message);
  free(a);
}

void report_later(struct attempt *a) {
  if (a->in_report) return;
  a->in_report = true;
  a->report_next = NULL;
  if (report_last) report_last->report_next = a;
  else report_first = a;
  report_last = a;
}

struct attempt *report_next(void) {
  struct attempt *a = report_first;
  if (!a) return NULL;
  report_first = a->report_next;
  if (!report_first) report_last = NULL;
  a->in_report = false;
  return a;
}
