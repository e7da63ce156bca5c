// The child of vfork() shares our memory until it becomes the program, while we stand still: it may
// only make system calls, and it tells us what failed by a plain variable. (macOS: a copy by fork(),
// which tells it through a pipe.)
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

#include "process.h"
#include "state.h"

static int null_fd = -1;
static struct rlimit file_limit; // as we found it: what programs get

void spawn_init(void) {
  null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (getrlimit(RLIMIT_NOFILE, &file_limit) != 0) return;
  struct rlimit own = file_limit;
  own.rlim_cur = own.rlim_max;
#ifdef __APPLE__
  if (own.rlim_cur > OPEN_MAX) own.rlim_cur = OPEN_MAX;
#endif
  setrlimit(RLIMIT_NOFILE, &own);
}

// libc's own functions would try to reach other threads, which a vfork child must not.
static int become(uint32_t uid, uint32_t gid) {
#ifdef __linux__
  if (syscall(SYS_setgroups, 0, NULL) != 0) return -1;
  if (syscall(SYS_setresgid, gid, gid, gid) != 0) return -1;
  return (int)syscall(SYS_setresuid, uid, uid, uid);
#else
  if (setgroups(0, NULL) != 0 || setgid(gid) != 0) return -1;
  return setuid(uid);
#endif
}

static void reset_signals(void) {
  static const int changed[] = {SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGXFSZ};
  struct sigaction plain;
  memset(&plain, 0, sizeof plain);
  plain.sa_handler = SIG_DFL;
  for (size_t i = 0; i < sizeof changed / sizeof *changed; i++) sigaction(changed[i], &plain, NULL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

static bool write_record(const struct spawn_order *order) {
  char line[2 * PATH_MAX + 256];
  int length = state_format_start(
      line, sizeof line,
      &(struct state_start){.id = order->id,
                            .pid = getpid(),
                            .tick = start_tick_now(),
                            .log_path = order->log_path,
                            .output_path = order->output_path,
                            .uid = order->uid});
  if (length < 0) {
    errno = ENAMETOOLONG;
    return false;
  }
  ssize_t n = write(order->record, line, (size_t)length);
  if (n >= 0 && n < length) errno = ENOSPC; // a part of it found room: no errno says so
  return n == length;
}

static const char *path_of(char *const *env) {
  for (; *env; env++) {
    if (strncmp(*env, "PATH=", 5) == 0) return *env + 5;
  }
  return "/usr/local/bin:/usr/bin:/bin";
}

// Becomes the program; on return errno is the most telling of the failures.
static void become_program(const struct spawn_order *order) {
  const char *name = order->argv[0];
  if (strchr(name, '/')) {
    execve(name, order->argv, order->env);
    return;
  }
  char candidate[PATH_MAX];
  int error = ENOENT;
  for (const char *from = path_of(order->env);;) {
    size_t length = strcspn(from, ":");
    int n = snprintf(candidate, sizeof candidate, "%.*s/%s", (int)length, length ? from : ".", name);
    if (n > 0 && (size_t)n < sizeof candidate) {
      execve(candidate, order->argv, order->env);
      int why = errno;
      struct stat facts; // a folder that is closed to the task does not have it
      if (why != EACCES ? why != ENOENT && why != ENOTDIR : stat(candidate, &facts) == 0) error = why;
    }
    if (from[length] == '\0') break;
    from += length + 1;
  }
  errno = error;
}

// Everything between birth and the program. Returns the step that failed; errno is its reason.
static enum spawn_step set_up(const struct spawn_order *order) {
  if (setsid() < 0) return SPAWN_SETUP;
  if (dup2(null_fd, 0) < 0 || dup2(order->out, 1) < 0 || dup2(order->err, 2) < 0) return SPAWN_SETUP;
  setrlimit(RLIMIT_NOFILE, &file_limit);
  umask(022);
  reset_signals();
  if (!write_record(order)) return SPAWN_RECORD;
  if (order->uid != KEEP_USER && become(order->uid, order->gid) != 0) return SPAWN_SETUP;
  if (order->workspace[0] && chdir(order->workspace) != 0) return SPAWN_WORKSPACE;
  if (order->workdir[0] && chdir(order->workdir) != 0) return SPAWN_WORKDIR;
  become_program(order);
  return SPAWN_EXEC;
}

#ifdef __linux__
struct spawn_result spawn(const struct spawn_order *order) {
  volatile struct spawn_result failed = {.pid = 0};
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  pid_t pid = vfork();
  if (pid == 0) {
    errno = 0;
    failed.step = set_up(order);
    failed.error = errno;
    failed.pid = -1;
    _exit(127);
  }
  int error = errno;
  sigprocmask(SIG_SETMASK, &before, NULL);
  if (pid < 0) return (struct spawn_result){-1, SPAWN_FORK, error};
  if (failed.pid < 0) {
    discard_child(pid);
    return (struct spawn_result){-1, failed.step, failed.error};
  }
  return (struct spawn_result){.pid = pid};
}
#else
struct spawn_result spawn(const struct spawn_order *order) {
  int tell[2];
  if (pipe(tell) != 0) return (struct spawn_result){-1, SPAWN_FORK, errno};
  fcntl(tell[0], F_SETFD, FD_CLOEXEC);
  fcntl(tell[1], F_SETFD, FD_CLOEXEC);
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  pid_t pid = fork();
  if (pid == 0) {
    errno = 0;
    int words[2] = {(int)set_up(order), 0};
    words[1] = errno;
    if (write(tell[1], words, sizeof words) < 0) _exit(126);
    _exit(127);
  }
  int error = errno;
  close(tell[1]);
  sigprocmask(SIG_SETMASK, &before, NULL);
  int words[2];
  ssize_t n = pid < 0 ? 0 : read(tell[0], words, sizeof words);
  close(tell[0]);
  if (pid < 0) return (struct spawn_result){-1, SPAWN_FORK, error};
  if (n == (ssize_t)sizeof words) {
    discard_child(pid);
    return (struct spawn_result){-1, (enum spawn_step)words[0], words[1]};
  }
  return (struct spawn_result){.pid = pid};
}
#endif
