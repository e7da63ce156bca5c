#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"

void log_init(struct log *log, const char *path, double limit) {
  *log = (struct log){.path = path, .fd = -1, .limit = limit};
}

static bool open_file(struct log *log) {
  if (log->fd >= 0) return true;
  log->fd = open(log->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (log->fd < 0) return false;
  struct stat facts;
  if (fstat(log->fd, &facts) == 0) log->size = facts.st_size;
  return true;
}

// Writes a frame whole, or takes back what was written of it: a cut frame would hide all later ones.
static bool write_frame(struct log *log, enum log_stream stream, uint8_t *frame, size_t length) {
  uint32_t rest = (uint32_t)(length + FRAME_HEAD - 4);
  double at = wall_ms();
  memcpy(frame, &rest, 4);
  frame[4] = (uint8_t)stream;
  memcpy(frame + 5, &at, 8);
  if (!open_file(log)) return false;
  size_t total = FRAME_HEAD + length, done = 0;
  while (done < total) {
    ssize_t n = write(log->fd, frame + done, total - done);
    if (n > 0) {
      done += (size_t)n;
    } else if (n == 0 || errno != EINTR) {
      int error = errno;
      if (done > 0 && ftruncate(log->fd, log->size) != 0) log->path = ""; // it cannot be mended
      errno = error;
      return false;
    }
  }
  log->size += (int64_t)total;
  return true;
}

static bool write_marker(struct log *log, const char *format, double number) {
  uint8_t frame[FRAME_HEAD + 160];
  int length = snprintf((char *)frame + FRAME_HEAD, sizeof frame - FRAME_HEAD, format, number);
  return write_frame(log, STREAM_MARKER, frame, (size_t)length);
}

static bool account_for_dropped(struct log *log) {
  if (log->dropped == 0) return true;
  if (!write_marker(log, "%.0f bytes are missing here: there was no space left for the log",
                    log->dropped)) {
    return false;
  }
  log->dropped = 0;
  return true;
}

void log_append(struct log *log, enum log_stream stream, uint8_t *frame, size_t length) {
  if (log->path[0] == '\0' || log->full || length == 0) return;
  bool cut = log->limit > 0 && log->payload + (double)length > log->limit;
  if (cut) length = (size_t)(log->limit - log->payload);
  if (length > 0) {
    if (account_for_dropped(log) && write_frame(log, stream, frame, length)) {
      log->payload += (double)length;
    } else {
      log->error = errno;
      log->dropped += (double)length;
      return;
    }
  }
  if (cut) {
    log->full = write_marker(
        log, "the log ends here: it reached its limit of %.0f bytes; the rest is not kept", log->limit);
  }
}

double log_close(struct log *log) {
  if (log->dropped > 0) account_for_dropped(log);
  if (log->fd >= 0) close(log->fd);
  log->fd = -1;
  errno = log->error;
  return log->dropped;
}
