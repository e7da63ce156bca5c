#include "start.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attempt.h"
#include "clock.h"
#include "fence.h"
#include "lifecycle.h"
#include "output.h"
#include "spawn.h"
#include "state.h"

// A failure of ours, as the shell's 126 and 127 are failures of the task's.
enum { CODE_INFRASTRUCTURE = 125, CODE_NOT_RUN = 126, CODE_NOT_FOUND = 127 };

struct order {
  const char *id, *log_path, *workspace, *workdir;
  uint32_t uid, gid;
  double max_log_bytes, run_ms;
  char **argv, **env; // NULL at the end; the first place of env is free
  struct pattern *patterns;
  uint32_t pattern_count;
};

// Makes the folder and those above it that are missing; only the last one belongs to the task.
static bool workspace_make(const struct order *order) {
  const char *path = order->workspace;
  if (path[0] == '\0') return true;
  if (mkdir(path, 0700) != 0) {
    if (errno == EEXIST) return true;
    if (errno != ENOENT) return false;
    char above[PATH_MAX];
    snprintf(above, sizeof above, "%s", path);
    for (char *at = above; (at = strchr(at + 1, '/'));) {
      *at = '\0';
      if (mkdir(above, 0711) != 0 && errno != EEXIST) return false;
      *at = '/';
    }
    if (mkdir(path, 0700) != 0) return errno == EEXIST;
  }
  return order->uid == KEEP_USER || lchown(path, order->uid, order->gid) == 0;
}

// The texts of a list behind `before` free places, NULL at the end.
static char **read_list(struct reader *r, size_t before) {
  uint32_t count = read_u32(r);
  if (count > (size_t)(r->end - r->at)) r->bad = true;
  if (r->bad) return NULL;
  char **list = calloc(before + count + 1, sizeof *list);
  if (!list) abort();
  for (uint32_t i = 0; i < count; i++) list[before + i] = (char *)read_text(r, NULL);
  return list;
}

static void read_patterns(struct reader *r, struct order *order) {
  uint32_t count = read_u32(r);
  if (count > (size_t)(r->end - r->at)) r->bad = true;
  if (r->bad || count == 0) return;
  order->patterns = calloc(count, sizeof *order->patterns);
  if (!order->patterns) abort();
  order->pattern_count = count;
  for (uint32_t i = 0; i < count; i++) {
    order->patterns[i].bytes = (const uint8_t *)read_text(r, &order->patterns[i].length);
  }
}

static void read_order(struct reader *r, struct order *order) {
  order->log_path = read_text(r, NULL);
  order->workspace = read_text(r, NULL);
  order->workdir = read_text(r, NULL);
  order->uid = read_u32(r);
  order->gid = read_u32(r);
  order->max_log_bytes = read_f64(r);
  order->run_ms = read_f64(r);
  order->argv = read_list(r, 0);
  order->env = read_list(r, 1);
  read_patterns(r, order);
}

static void free_order(struct order *order) {
  free(order->argv);
  free(order->env);
  free(order->patterns);
}

static void answer_started(struct buffer *answers, const struct attempt *a, bool runs) {
  size_t frame = begin_frame(answers, STARTED);
  write_u8(answers, runs);
  write_u32(answers, (uint32_t)a->pid);
  write_f64(answers, a->started_at);
  end_frame(answers, frame);
}

static void answer_refused(struct buffer *answers, const char *code, const char *message) {
  size_t frame = begin_frame(answers, NOT_STARTED);
  write_text(answers, code, strlen(code));
  write_text(answers, message, strlen(message));
  end_frame(answers, frame);
}

static void reason(char *text, size_t room, int error) {
  snprintf(text, room, "%s", strerror(error));
  text[0] = (char)tolower((unsigned char)text[0]);
}

// It could not be started: the attempt ends at once, with a sentence.
static void fail(struct attempt *a, int code, const char *what, const char *name, int error) {
  char why[128], message[1024];
  reason(why, sizeof why, error);
  snprintf(message, sizeof message, "%s \"%.512s\": %s", what, name, why);
  settle_as_failed(a, code, message);
}

static void fail_spawn(struct attempt *a, const struct order *order, struct spawn_result result) {
  const char *program = order->argv[0];
  switch (result.step) {
    case SPAWN_WORKSPACE:
      return fail(a, CODE_INFRASTRUCTURE, "cannot enter the workspace", order->workspace, result.error);
    case SPAWN_WORKDIR:
      return fail(a, CODE_NOT_RUN, "cannot enter the working directory", order->workdir, result.error);
    case SPAWN_EXEC:
      return fail(a, result.error == ENOENT ? CODE_NOT_FOUND : CODE_NOT_RUN, "cannot run", program,
                  result.error);
    default:
      return fail(a, CODE_INFRASTRUCTURE, "cannot set up a process for", program, result.error);
  }
}

static bool make_pipes(int out[2], int err[2]) {
  if (!pipe_cloexec(out)) return false;
  if (pipe_cloexec(err)) {
    fcntl(out[0], F_SETFL, O_NONBLOCK);
    fcntl(err[0], F_SETFL, O_NONBLOCK);
    return true;
  }
  int error = errno;
  close(out[0]);
  close(out[1]);
  errno = error;
  return false;
}

static struct spawn_result run(struct attempt *a, const struct order *order, const int write_ends[2]) {
  char output[PATH_MAX + 16];
  snprintf(output, sizeof output, "ERRAND_OUTPUT=%s", a->output_path);
  order->env[0] = output; // first: what processes are known by is never beyond what we read
  struct spawn_result result = spawn(&(struct spawn_order){
      .id = order->id,
      .argv = order->argv,
      .env = order->env,
      .workspace = order->workspace,
      .workdir = order->workdir,
      .log_path = order->log_path,
      .output_path = a->output_path,
      .uid = order->uid,
      .gid = order->gid,
      .out = write_ends[0],
      .err = write_ends[1],
      .record = state_fd(),
  });
  order->env[0] = "";
  a->started_at = wall_ms();
  return result;
}

// What the machine is short of now, and may have again later.
static const char *shortage(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return "full";
    case EMFILE:
    case ENFILE:
    case EAGAIN:
    case ENOMEM:
      return "exhausted";
    default:
      return NULL;
  }
}

// Refuses for a while, or ends the attempt for good.
static void give_up(struct attempt *a, struct buffer *answers, const char *what, const char *name,
                    int error) {
  const char *code = shortage(error);
  if (!code) {
    fail(a, CODE_INFRASTRUCTURE, what, name, error);
    return answer_started(answers, a, false);
  }
  char why[128], message[1024];
  reason(why, sizeof why, error);
  snprintf(message, sizeof message, "%s \"%.512s\": %s; try again later", what, name, why);
  output_take(a);
  output_remove(a->id);
  attempt_drop(a);
  answer_refused(answers, code, message);
}

static void start_new(const struct order *order, struct buffer *answers) {
  struct attempt *a = attempt_add(order->id, order->log_path);
  if (!a || !attempt_make_live(a)) abort();
  a->started_at = wall_ms();
  set_limit(a, order->run_ms);
  struct running *live_part = a->run;
  bool no_memory;
  live_part->redactor = redactor_new(order->patterns, order->pattern_count, &no_memory);
  if (no_memory) return give_up(a, answers, "cannot mask the secrets of", order->id, ENOMEM);
  if (!workspace_make(order)) {
    return give_up(a, answers, "cannot make the workspace", order->workspace, errno);
  }
  if (!output_prepare(a, order->workspace, order->uid, order->gid)) {
    return give_up(a, answers, "cannot make room for the outputs of", order->id, errno);
  }
  log_init(&live_part->log, a->log_path, order->max_log_bytes);
  int out[2], err[2];
  if (!make_pipes(out, err)) {
    return give_up(a, answers, "cannot make pipes for", order->id, errno);
  }
  live_part->streams[0].fd = out[0];
  live_part->streams[1].fd = err[0];
  struct spawn_result result = run(a, order, (int[2]){out[1], err[1]});
  close(out[1]);
  close(err[1]);
  if (result.pid < 0) {
    if ((result.step == SPAWN_FORK || result.step == SPAWN_RECORD) && shortage(result.error)) {
      return give_up(a, answers, "cannot make a process for", order->argv[0], result.error);
    }
    fail_spawn(a, order, result);
  } else {
    a->pid = result.pid;
  }
  answer_started(answers, a, result.pid > 0);
}

void start_attempt(struct reader *r, struct buffer *answers) {
  struct order order = {.id = read_text(r, NULL)};
  if (fence_has(order.id)) {
    return answer_refused(answers, "fenced", "this attempt was stopped or removed before");
  }
  const struct attempt *known = attempt_find(order.id);
  if (known) return answer_started(answers, known, false);
  if (launcher_ends()) {
    return answer_refused(answers, "unavailable", "the launcher was told to end; try again later");
  }
  read_order(r, &order);
  if (r->bad || !is_attempt_id(order.id) || !order.argv || !order.argv[0]) {
    answer_refused(answers, "invalid", "the order of this attempt cannot be read");
  } else {
    start_new(&order, answers);
  }
  free_order(&order);
}
