// Starts one program in a session of its own.
#ifndef ERRAND_SPAWN_H
#define ERRAND_SPAWN_H
#include <stdint.h>
#include <sys/types.h>

enum { KEEP_USER = 0xffffffff };

struct spawn_order {
  const char *id;
  char *const *argv;
  char *const *env; // complete
  const char *workspace, *workdir;
  const char *log_path, *output_path; // for the record
  uint32_t uid, gid;    // KEEP_USER = stay who we are
  int out, err;         // become its stdout and stderr
  int record;           // the state file: the child says there who it is before it becomes the program
};

// Where it failed.
enum spawn_step { SPAWN_FORK, SPAWN_SETUP, SPAWN_RECORD, SPAWN_WORKSPACE, SPAWN_WORKDIR, SPAWN_EXEC };

struct spawn_result {
  pid_t pid; // -1 = it does not run
  enum spawn_step step;
  int error; // errno
};

// Call once, before the first spawn.
void spawn_init(void);
struct spawn_result spawn(const struct spawn_order *order);
#endif
