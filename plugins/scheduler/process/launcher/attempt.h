// The attempts that a launcher knows: those that run, and those whose exit was not yet acknowledged.
#ifndef ERRAND_ATTEMPT_H
#define ERRAND_ATTEMPT_H
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "log.h"
#include "redact.h"

enum { ID_MAX = 40 };

enum cause { CAUSE_EXITED = 1, CAUSE_SIGNALLED, CAUSE_START_FAILED, CAUSE_EVICTED, CAUSE_DEADLINE };

// One pipe of a running attempt.
struct stream {
  int fd;                     // -1 = at its end
  enum log_stream name;
  struct redact_state redact;
  uint8_t *held;              // text that may be the start of a secret
  size_t held_length;
};

// What only a running attempt has.
struct running {
  size_t index; // in `live`
  struct stream streams[2];
  struct redactor *redactor;
  struct log log;
  int64_t kill_at;   // when a stop turns into SIGKILL
  int64_t limit_at;  // when its own time is over
  int64_t settle_at; // when it is settled although something of it is still there
  bool reaped;       // its process has ended; the rest may still be writing
  bool group_gone;   // its session is empty: the number may be somebody else's now
  bool evicted;      // we end, and it with us
  bool stop_sent, kill_sent, over_limit, removed;
};

struct ending {
  enum cause cause;
  int code, signal;
  double finished_at; // wall clock
  double cpu_ms, max_rss_bytes;
  char *message; // NULL = the code says it all
};

// The uids that runs get of their own: the first one and the run's number, modulo as many.
enum { RUN_UID_FIRST = 1073741824, RUN_UIDS = 1073741824 };

struct attempt {
  char id[ID_MAX + 1];
  double order;      // rises with each start
  pid_t pid;         // 0 = it never ran
  double started_at; // wall clock
  char *log_path;
  char *output_path;   // where it writes its outputs; NULL = they were taken
  uint32_t uid;        // KEEP_USER = as we are
  bool forgotten;      // an earlier launcher removed it, and did not see its end
  struct running *run; // NULL = it has ended
  struct ending end;
  struct attempt *hash_next;
  struct attempt *previous, *next; // by order
  struct attempt *report_next;
  bool in_report;
};

// Those that run, in no order.
extern struct attempt **live;
extern size_t live_count;

// Digits and dashes, at most ID_MAX: it becomes part of a path and of a line.
bool is_attempt_id(const char *id);
struct attempt *attempt_find(const char *id);
struct attempt *attempt_by_pid(pid_t pid); // among those whose process has not been reaped
struct attempt *attempt_first(void);
// One that runs as this user, other than `but`.
struct attempt *attempt_of_uid(uint32_t uid, const struct attempt *but);
// True when the run of this id has that uid to itself: uids are given by run (task-user.ts).
bool is_uid_of_run(const char *id, uint32_t uid);
// NULL = no memory.
struct attempt *attempt_add(const char *id, const char *log_path);
bool attempt_make_live(struct attempt *a);
// Frees what only a running one has.
void attempt_end(struct attempt *a);
void attempt_drop(struct attempt *a);

// The line of attempts that the client has not been told about.
void report_later(struct attempt *a);
struct attempt *report_next(void);
#endif
