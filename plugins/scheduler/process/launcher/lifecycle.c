#include "lifecycle.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "fence.h"
#include "output.h"
#include "process.h"
#include "start.h"
#include "state.h"

enum { READ_MOST = 64 << 10 };

// One read, in front of it what was held back, room for a mask, and for the head of the frame.
static uint8_t io[FRAME_HEAD + PATTERN_MIN + PATTERN_MAX + READ_MOST];
static uint8_t *const text = io + FRAME_HEAD + PATTERN_MIN;

bool pipe_cloexec(int ends[2]) {
#ifdef __linux__
  return pipe2(ends, O_CLOEXEC) == 0;
#else
  if (pipe(ends) != 0) return false;
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFD, FD_CLOEXEC);
  return true;
#endif
}

void set_limit(struct attempt *a, double run_ms) {
  struct running *run = a->run;
  run->kill_at = run->settle_at = NEVER;
  run->limit_at = run_ms > 0 && run_ms < 1e15 ? now_ms() + (int64_t)run_ms : NEVER;
}

// True when something of its session is still there. Its number is kept from others by that, or by its
// process until that is reaped; after both it is never used again.
static bool signal_group(struct attempt *a, int signal) {
  if (a->run->group_gone) return false;
  if (kill(-a->pid, signal) == 0 || errno == EPERM) return true;
  a->run->group_gone = a->run->reaped;
  return false;
}

static void kill_group(struct attempt *a) {
  a->run->kill_sent = true;
  signal_group(a, SIGKILL);
}

void stop_attempt(struct attempt *a, double grace_ms) {
  struct running *run = a->run;
  if (!run || run->kill_sent) return;
  int64_t kill_at = now_ms() + (grace_ms < 1e15 ? (int64_t)grace_ms : (int64_t)1e15);
  if (kill_at < run->kill_at) run->kill_at = kill_at;
  if (run->reaped && kill_at + GIVE_UP_MS < run->settle_at) run->settle_at = kill_at + GIVE_UP_MS;
  if (grace_ms <= 0) return kill_group(a);
  if (run->stop_sent) return;
  run->stop_sent = true;
  signal_group(a, SIGTERM);
  signal_group(a, SIGCONT); // one that was suspended has to wake up to end
}

static bool ends;

bool launcher_ends(void) { return ends; }

void end_all(double grace_ms) {
  ends = true;
  for (size_t i = live_count; i-- > 0;) {
    struct running *run = live[i]->run;
    if (!run->reaped && !run->stop_sent && !run->kill_sent) run->evicted = true;
    stop_attempt(live[i], grace_ms);
  }
}

static void forget(struct attempt *a) {
  state_note_removal(a->id);
  output_remove(a->id);
  attempt_drop(a);
}

void remove_attempt(struct attempt *a) {
  if (!a->run) return forget(a);
  if (!a->run->removed) state_note_removal(a->id);
  a->run->removed = true;
  stop_attempt(a, 0);
}

// What could not be written to the log, nor said there, is said with the exit.
static void note_missing_log(struct attempt *a) {
  double missing = log_close(&a->run->log);
  char message[200];
  if (missing == 0 || a->end.message) return;
  snprintf(message, sizeof message, "%.0f bytes are missing at the end of its log: %s", missing,
           strerror(errno));
  a->end.message = strdup(message);
}

static void settle(struct attempt *a) {
  a->end.finished_at = wall_ms();
  note_missing_log(a);
  output_take(a);
  bool removed = a->run->removed;
  attempt_end(a);
  if (removed) return forget(a);
  state_note_exit(a);
  report_later(a);
}

void settle_as_failed(struct attempt *a, int code, const char *message) {
  a->end.cause = CAUSE_START_FAILED;
  a->end.code = code;
  a->end.message = strdup(message);
  for (char *at = a->end.message; at && *at; at++) {
    if ((unsigned char)*at < ' ') *at = '?'; // it becomes part of a line
  }
  settle(a);
}

static void close_stream(struct stream *s) {
  close(s->fd);
  s->fd = -1;
}

// Puts what was read into the log; at the end of a stream nothing is held back any more.
static void take_text(struct attempt *a, struct stream *s, size_t length, bool last) {
  struct running *run = a->run;
  if (!run->redactor) return log_append(&run->log, s->name, text - FRAME_HEAD, length);
  size_t consumed;
  struct redacted out = redact(run->redactor, &s->redact, text, length, last, &consumed);
  s->held_length = length - consumed;
  if (s->held_length > 0) memcpy(s->held, text + consumed, s->held_length);
  log_append(&run->log, s->name, out.bytes - FRAME_HEAD, out.length);
}

static bool has_room_to_hold(struct attempt *a, struct stream *s) {
  if (!a->run->redactor || s->held) return true;
  s->held = malloc(PATTERN_MAX);
  return s->held;
}

// Returns false when there is nothing more to read now.
static bool read_once(struct attempt *a, struct stream *s) {
  if (s->fd < 0) return false;
  if (!has_room_to_hold(a, s)) abort();
  if (s->held_length > 0) memcpy(text, s->held, s->held_length);
  ssize_t n = read(s->fd, text + s->held_length, READ_MOST);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return errno == EINTR;
  if (n <= 0) close_stream(s);
  take_text(a, s, s->held_length + (n > 0 ? (size_t)n : 0), n <= 0);
  return n > 0;
}

void read_stream(struct attempt *a, struct stream *s) { read_once(a, s); }

// Reads what its processes had written, not what others keep on writing.
static void drain(struct attempt *a) {
  for (int i = 0; i < 2; i++) {
    for (int turns = 0; turns < 4 && read_once(a, &a->run->streams[i]); turns++) continue;
  }
}

// Ends streams that somebody outside still holds open.
static void abandon_streams(struct attempt *a) {
  for (int i = 0; i < 2; i++) {
    struct stream *s = &a->run->streams[i];
    if (s->fd < 0) continue;
    close_stream(s);
    if (s->held_length > 0) memcpy(text, s->held, s->held_length);
    take_text(a, s, s->held_length, true);
  }
}

static const struct attempt *sought; // by is_sought
static bool by_uid_too;              // nobody else runs as that user

static bool is_sought(const struct trace *of) {
  return strcmp(of->id, sought->id) == 0 || (by_uid_too && of->uid == sought->uid);
}

// True when nothing of it is left; what is, is killed.
static bool sweep(struct attempt *a) {
  sought = a;
  by_uid_too = is_uid_of_run(a->id, a->uid) && !attempt_of_uid(a->uid, a);
  bool group = signal_group(a, SIGKILL);
  return end_orphans(is_sought) == 0 && !group;
}

// Its process has ended: settles it, or waits for the rest.
static void try_to_settle(struct attempt *a) {
  struct running *run = a->run;
  int64_t now = now_ms();
  bool open = run->streams[0].fd >= 0 || run->streams[1].fd >= 0;
  bool in_grace = run->stop_sent && now < run->kill_at;
  bool group = signal_group(a, 0); // at each look: it notes when nothing is left
  if (now < run->settle_at - GIVE_UP_MS && (open || (in_grace && group))) return;
  if (!sweep(a) && now < run->settle_at) return;
  abandon_streams(a);
  settle(a);
}

static double cpu_ms(const struct rusage *usage) {
  return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1e3 +
         (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1e3;
}

static void note_ending(struct attempt *a, int status, const struct rusage *usage) {
  struct ending *end = &a->end;
  end->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  end->code = end->signal ? 128 + end->signal : WEXITSTATUS(status);
  end->cause = a->run->over_limit ? CAUSE_DEADLINE : end->signal ? CAUSE_SIGNALLED : CAUSE_EXITED;
  if (a->run->evicted && !a->run->over_limit) {
    end->cause = CAUSE_EVICTED;
    end->message = strdup("the launcher that ran it was told to end, and ended it");
  }
  end->cpu_ms = cpu_ms(usage);
#ifdef __APPLE__
  end->max_rss_bytes = (double)usage->ru_maxrss;
#else
  end->max_rss_bytes = (double)usage->ru_maxrss * 1024;
#endif
}

// What is left of attempts that were settled.
static bool is_not_running(const struct trace *of) {
  const struct attempt *a = attempt_find(of->id);
  if (a ? !a->run : of->id[0] && fence_has(of->id)) return true;
  return of->uid >= RUN_UID_FIRST && of->uid - RUN_UID_FIRST < RUN_UIDS && !attempt_of_uid(of->uid, NULL);
}

void reap(void) {
  int status;
  struct rusage usage;
  bool orphan = false;
  for (pid_t pid; (pid = wait4(-1, &status, WNOHANG, &usage)) > 0;) {
    struct attempt *a = attempt_by_pid(pid);
    if (!a) {
      orphan = true;
      continue;
    }
    struct running *run = a->run;
    note_ending(a, status, &usage);
    run->reaped = true;
    signal_group(a, 0); // at once: has anybody still that number?
    int64_t linger = now_ms() + LINGER_MS;
    if (run->stop_sent && !run->kill_sent && run->kill_at > linger) linger = run->kill_at;
    run->settle_at = linger + GIVE_UP_MS;
    drain(a);
    try_to_settle(a);
  }
  if (orphan) end_orphans(is_not_running); // its own children are ours now
}

static int64_t sooner(int64_t a, int64_t b) { return a < b ? a : b; }

int run_clock(void) {
  int64_t now = now_ms(), next = NEVER;
  for (size_t i = live_count; i-- > 0;) {
    struct attempt *a = live[i];
    struct running *run = a->run;
    if (run->reaped) {
      try_to_settle(a);
      next = sooner(next, now + LOOK_AGAIN_MS);
      continue;
    }
    if (now >= run->limit_at && !run->kill_sent) {
      run->over_limit = true;
      kill_group(a);
    }
    if (now >= run->kill_at && !run->kill_sent) kill_group(a);
    if (!run->kill_sent) next = sooner(next, sooner(run->limit_at, run->kill_at));
  }
  if (next == NEVER) return -1;
  return next <= now ? 0 : next - now > 3600000 ? 3600000 : (int)(next - now);
}
