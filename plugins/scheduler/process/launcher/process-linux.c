#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "attempt.h"
#include "output.h"
#include "process.h"
#include "spawn.h"

static int children_fd = -1; // our own children, as the kernel lists them
static char environment[6 << 20]; // as much as Linux gives a program; what is not used takes no memory

static ssize_t read_file(const char *path, char *text, size_t room) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  size_t length = 0;
  ssize_t n;
  while (length < room - 1 && (n = read(fd, text + length, room - 1 - length)) > 0) {
    length += (size_t)n;
  }
  close(fd);
  text[length] = '\0';
  return (ssize_t)length;
}

double start_tick_of(pid_t pid) {
  char path[48], text[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
  if (read_file(path, text, sizeof text) <= 0) return 0;
  const char *at = strrchr(text, ')'); // the name in front may hold anything
  if (!at) return 0;
  for (int field = 2; field < 22 && at; field++) at = strchr(at + 1, ' ');
  return at ? strtod(at, NULL) : 0;
}

double start_tick_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_BOOTTIME, &t);
  int64_t ticks = 100; // USER_HZ, the same on every Linux
  return (double)((int64_t)t.tv_sec * ticks + t.tv_nsec / (1000000000 / ticks));
}

void boot_id(char *text, size_t room) {
  if (read_file("/proc/sys/kernel/random/boot_id", text, room) <= 0) snprintf(text, room, "unknown");
  text[strcspn(text, "\n")] = '\0';
}

void discard_child(pid_t pid) {
  while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
}

void processes_init(void) {
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return;
  char path[64];
  snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
  children_fd = open(path, O_RDONLY | O_CLOEXEC);
}

// What its environment says; the text lives until the next call.
static void read_output(pid_t pid, struct trace *of) {
  static const char name[] = "ERRAND_OUTPUT=";
  char path[48];
  snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
  ssize_t length = read_file(path, environment, sizeof environment);
  for (const char *at = environment; length > 0 && at < environment + length; at += strlen(at) + 1) {
    if (strncmp(at, name, sizeof name - 1) != 0) continue;
    of->output = at + sizeof name - 1;
    const char *slash = strrchr(of->output, '/');
    if (!slash || strncmp(slash + 1, OUTPUT_NAME, sizeof OUTPUT_NAME - 1) != 0) return;
    const char *id = slash + sizeof OUTPUT_NAME;
    if (is_attempt_id(id)) of->id = id;
    return;
  }
}

static uint32_t uid_of(pid_t pid) {
  char path[48], text[2048];
  snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
  if (read_file(path, text, sizeof text) <= 0) return KEEP_USER;
  const char *at = strstr(text, "\nUid:");
  return at ? (uint32_t)strtoul(at + 5, NULL, 10) : KEEP_USER;
}

static bool end_if(pid_t pid, trace_test test) {
  struct trace of = {"", "", uid_of(pid)};
  read_output(pid, &of);
  return test(&of) && kill(pid, SIGKILL) == 0;
}

int end_orphans(trace_test test) {
  if (children_fd < 0) return 0;
  static char text[64 << 10];
  ssize_t length = pread(children_fd, text, sizeof text - 1, 0);
  if (length <= 0) return 0;
  text[length] = '\0';
  int ended = 0;
  for (char *at = text, *end; (end = strchr(at, ' ')); at = end + 1) {
    pid_t pid = (pid_t)strtol(at, NULL, 10);
    if (!attempt_by_pid(pid) && end_if(pid, test)) ended++;
  }
  return ended;
}

int end_left_over(trace_test test) {
  DIR *folder = opendir("/proc");
  if (!folder) return 0;
  int ended = 0;
  for (struct dirent *entry; (entry = readdir(folder));) {
    pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
    if (pid > 0 && end_if(pid, test)) ended++;
  }
  closedir(folder);
  return ended;
}
