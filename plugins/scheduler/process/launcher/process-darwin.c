#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysctl.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "process.h"

double start_tick_of(pid_t pid) {
  int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_PID, (int)pid};
  struct kinfo_proc facts;
  size_t size = sizeof facts;
  if (sysctl(name, 4, &facts, &size, NULL, 0) != 0 || size == 0) return 0;
  struct timeval t = facts.kp_proc.p_starttime;
  return (double)t.tv_sec * 1e6 + t.tv_usec;
}

double start_tick_now(void) {
  struct timeval t;
  gettimeofday(&t, NULL);
  return (double)t.tv_sec * 1e6 + t.tv_usec;
}

void boot_id(char *text, size_t room) {
  struct timeval t = {0, 0};
  size_t size = sizeof t;
  sysctlbyname("kern.boottime", &t, &size, NULL, 0);
  snprintf(text, room, "%lld", (long long)t.tv_sec);
}

void discard_child(pid_t pid) {
  while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
}

void processes_init(void) {}

int end_orphans(trace_test test) {
  (void)test;
  return 0;
}

int end_left_over(trace_test test) {
  (void)test;
  return 0;
}
