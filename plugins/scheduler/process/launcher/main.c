// errand-launcher FOLDER SOCKET [IDLE_MS]
//
// Owns the processes of one `process` scheduler instance, so that they outlive the server. It goes into
// the background, and exits 0 in the foreground once the socket answers, or 1 with a sentence on stderr.
// FOLDER holds its lock, its log, the state file and `out/`. It ends by itself when nothing runs and no
// client was connected for IDLE_MS (10 s); exits that nobody acknowledged are in the state file.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

#include "answer.h"
#include "clock.h"
#include "lifecycle.h"
#include "output.h"
#include "process.h"
#include "server.h"
#include "spawn.h"
#include "state.h"

enum { LOCK_TRIES = 1000, LOCK_WAIT_MS = 5, END_GRACE_MS = 5000, MOST_LOG = 1 << 20 };

static int wake[2]; // signal handlers write, poll reads
static volatile sig_atomic_t ending; // SIGTERM: end all attempts, then exit
static char output_folder[PATH_MAX];

static void on_signal(int signal) {
  int error = errno;
  if (signal == SIGTERM || signal == SIGINT) ending = 1;
  if (write(wake[1], "", 1) < 0) errno = 0; // full = poll wakes anyway
  errno = error;
}

static void catch_signals(void) {
  if (!pipe_cloexec(wake)) abort();
  fcntl(wake[0], F_SETFL, O_NONBLOCK);
  fcntl(wake[1], F_SETFL, O_NONBLOCK);
  struct sigaction act;
  memset(&act, 0, sizeof act);
  act.sa_handler = on_signal;
  act.sa_flags = SA_NOCLDSTOP;
  sigaction(SIGCHLD, &act, NULL);
  sigaction(SIGTERM, &act, NULL);
  sigaction(SIGINT, &act, NULL);
  act.sa_handler = SIG_IGN;
  sigaction(SIGHUP, &act, NULL);
  sigaction(SIGPIPE, &act, NULL);
  sigaction(SIGXFSZ, &act, NULL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

static void say(const char *what, const char *name) {
  char at[32];
  time_t now = time(NULL);
  strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
  fprintf(stderr, "%s launcher %d: %s %s\n", at, (int)getpid(), what, name);
}

static int answers(const char *socket_path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, socket_path, sizeof address.sun_path - 1);
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd < 0) return 0;
  int connected = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
  close(fd);
  return connected;
}

// Two launchers of one folder would both own its attempts. Returns false when another one serves it.
static bool take_lock(const char *folder, const char *socket_path) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/lock", folder);
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  for (int tries = 0; fd >= 0 && tries < LOCK_TRIES; tries++) {
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) return true;
    if (answers(socket_path)) return false;
    nanosleep(&(struct timespec){.tv_nsec = LOCK_WAIT_MS * 1000000}, NULL); // it is ending
  }
  fprintf(stderr, "cannot lock \"%s\": %s\n", path, fd < 0 ? strerror(errno) : "another launcher holds it and does not answer");
  exit(1);
}

static void use_log(const char *folder) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/launcher.log", folder);
  struct stat facts;
  int fresh = stat(path, &facts) == 0 && facts.st_size > MOST_LOG ? O_TRUNC : 0;
  int null = open("/dev/null", O_RDWR), log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | fresh, 0600);
  dup2(null, 0);
  dup2(null, 1);
  dup2(log < 0 ? null : log, 2);
  if (null > 2) close(null);
  if (log > 2) close(log);
}

static void close_inherited(void) {
#ifdef SYS_close_range
  if (syscall(SYS_close_range, 3, ~0u, 0) == 0) return;
#endif
  long most = sysconf(_SC_OPEN_MAX);
  for (int fd = 3; fd < (most > 0 && most < 4096 ? most : 4096); fd++) close(fd);
}

// Everything that may fail before somebody relies on us.
static void open_all(const char *folder, const char *socket_path) {
  snprintf(output_folder, sizeof output_folder, "%s/out", folder);
  if (mkdir(output_folder, 0700) != 0 && errno != EEXIST) {
    fprintf(stderr, "cannot make \"%s\": %s\n", output_folder, strerror(errno));
    exit(1);
  }
  catch_signals();
  spawn_init();
  processes_init();
  outputs_init(output_folder);
  answer_init();
  if (!state_open(folder)) {
    fprintf(stderr, "cannot open the state file in \"%s\": %s\n", folder, strerror(errno));
    exit(1);
  }
  if (!server_open(socket_path)) {
    fprintf(stderr, "cannot listen on \"%s\": %s\n", socket_path, strerror(errno));
    exit(1);
  }
}

static struct pollfd *prepare(size_t *count) {
  static struct pollfd *polls;
  static size_t room;
  *count = 1 + SERVER_POLLS + 2 * live_count;
  if (*count > room) {
    room = *count * 2;
    polls = realloc(polls, room * sizeof *polls);
    if (!polls) abort();
  }
  polls[0] = (struct pollfd){.fd = wake[0], .events = POLLIN};
  server_prepare(polls + 1);
  for (size_t i = 0; i < live_count; i++) {
    for (size_t s = 0; s < 2; s++) {
      polls[1 + SERVER_POLLS + 2 * i + s] =
          (struct pollfd){.fd = live[i]->run->streams[s].fd, .events = POLLIN};
    }
  }
  return polls;
}

static void read_streams(const struct pollfd *polls, size_t attempts) {
  for (size_t i = 0; i < attempts; i++) {
    for (size_t s = 0; s < 2; s++) {
      if (polls[2 * i + s].revents) read_stream(live[i], &live[i]->run->streams[s]);
    }
  }
}

static int wait_for(int clock, int64_t idle_ms) {
  if (live_count > 0 || server_has_client()) return clock;
  int64_t left = server_idle_since() + idle_ms - now_ms();
  return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

static void serve(int64_t idle_ms) {
  for (bool more = false;;) {
    int clock = run_clock();
    state_flush();
    server_send();
    if (live_count == 0 && ending) return;
    if (live_count == 0 && !server_has_client() && now_ms() - server_idle_since() >= idle_ms) return;
    size_t count, attempts = live_count;
    struct pollfd *polls = prepare(&count);
    if (poll(polls, (nfds_t)count, more ? 0 : wait_for(clock, idle_ms)) < 0) {
      if (errno != EINTR) abort();
      more = false;
      continue;
    }
    read_streams(polls + 1 + SERVER_POLLS, attempts);
    if (polls[0].revents) {
      char bytes[256];
      while (read(wake[0], bytes, sizeof bytes) > 0) continue;
      reap();
      if (ending && !launcher_ends()) end_all(END_GRACE_MS);
    }
    more = server_take(polls + 1);
  }
}

int main(int count, char **arguments) {
  if (count < 3) {
    fprintf(stderr, "usage: errand-launcher FOLDER SOCKET [IDLE_MS]\n");
    return 2;
  }
  const char *folder = arguments[1], *socket_path = arguments[2];
  int64_t idle_ms = count > 3 ? atoll(arguments[3]) : 10000;
  close_inherited();
  int ready[2];
  if (!pipe_cloexec(ready)) return 1;
  pid_t pid = fork();
  if (pid < 0) {
    fprintf(stderr, "cannot go into the background: %s\n", strerror(errno));
    return 1;
  }
  if (pid > 0) { // the foreground: wait for the word
    close(ready[1]);
    char word = 1;
    return read(ready[0], &word, 1) == 1 ? word : 1;
  }
  setsid();
  umask(0); // every mode is said
#ifdef __linux__
  prctl(PR_SET_DUMPABLE, 0); // tasks of our own uid must not read our memory
#endif
  if (!take_lock(folder, socket_path)) return write(ready[1], "", 1) == 1 ? 0 : 1;
  open_all(folder, socket_path);
  use_log(folder);
  if (chdir("/") != 0) say("cannot leave", "its folder");
  say("serves", socket_path);
  if (write(ready[1], "", 1) < 0) say("cannot tell", "that it is ready");
  close(ready[1]);
  serve(idle_ms);
  server_close();
  say("ends:", ending ? "it was told to" : "nothing to do");
  return 0;
}
