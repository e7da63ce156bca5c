#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spawn.h"

static const char *folder;

void outputs_init(const char *path) { folder = path; }

static void taken_path(char *path, size_t room, const char *id) {
  snprintf(path, room, "%s/%s", folder, id);
}

bool output_prepare(struct attempt *a, const char *workspace, uint32_t uid, uint32_t gid) {
  char path[PATH_MAX];
  int length = snprintf(path, sizeof path, "%s/" OUTPUT_NAME "%s", workspace[0] ? workspace : folder, a->id);
  if (length < 0 || (size_t)length >= sizeof path) {
    errno = ENAMETOOLONG;
    return false;
  }
  free(a->output_path);
  a->output_path = strdup(path);
  a->uid = uid;
  if (!a->output_path) return false;
  if (workspace[0] || uid == KEEP_USER) return true;
  // nobody but us makes files in our folder
  unlink(path);
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return false;
  bool given = fchown(fd, uid, gid) == 0;
  close(fd);
  return given;
}

// For a workspace on another file system.
static bool copy(int from, const char *path) {
  static char bytes[64 << 10];
  int to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (to < 0) return false;
  bool good = true;
  ssize_t n;
  // one byte more than what is told says that there was more
  for (size_t left = MAX_OUTPUT + 1; good && left > 0; left -= (size_t)n) {
    n = read(from, bytes, left < sizeof bytes ? left : sizeof bytes);
    if (n == 0) break;
    ssize_t written = n < 0 ? -1 : write(to, bytes, (size_t)n);
    good = written == n;
    if (written >= 0 && !good) errno = ENOSPC;
  }
  int error = errno;
  close(to);
  if (!good) unlink(path);
  errno = error;
  return good;
}

static bool move(const struct attempt *a, int fd, const struct stat *facts) {
  char path[PATH_MAX];
  taken_path(path, sizeof path, a->id);
  if (rename(a->output_path, path) != 0) return copy(fd, path);
  struct stat moved;
  bool same = lstat(path, &moved) == 0 && moved.st_dev == facts->st_dev && moved.st_ino == facts->st_ino;
  if (!same) output_remove(a->id); // somebody put another one there meanwhile
  return same && fchmod(fd, 0600) == 0;
}

void output_take(struct attempt *a) {
  if (!a->output_path) return;
  struct stat facts;
  int fd = open(a->output_path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd >= 0 && fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode) && facts.st_size > 0 &&
      (a->uid == KEEP_USER || facts.st_uid == a->uid) && !move(a, fd, &facts) && !a->end.message) {
    char message[160];
    snprintf(message, sizeof message, "its outputs could not be kept: %s", strerror(errno));
    a->end.message = strdup(message);
  }
  bool there = fd >= 0 || errno != ENOENT;
  if (fd >= 0) close(fd);
  if (there) unlink(a->output_path);
  free(a->output_path);
  a->output_path = NULL;
}

int output_open(const char *id, int64_t *size) {
  char path[PATH_MAX];
  taken_path(path, sizeof path, id);
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  struct stat facts;
  if (fd < 0) return -1;
  if (fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode)) {
    close(fd);
    return -1;
  }
  *size = facts.st_size;
  return fd;
}

void output_remove(const char *id) {
  char path[PATH_MAX];
  taken_path(path, sizeof path, id);
  if (unlink(path) != 0 && errno == EISDIR) rmdir(path);
}
