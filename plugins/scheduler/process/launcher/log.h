// The log file of one attempt: frames `u32 length | u8 stream | f64 atMs | bytes`, little-endian, where
// length counts what comes after it. protocol/log-frames.ts is the other side.
#ifndef ERRAND_LOG_H
#define ERRAND_LOG_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FRAME_HEAD = 13 };
enum log_stream { STREAM_OUT = 1, STREAM_ERR = 2, STREAM_MARKER = 3 };

struct log {
  const char *path; // lives as long as the log; "" = nothing is kept
  int fd;           // -1 = not open
  int64_t size;     // of the file, always at a border of frames
  double payload;   // bytes of the task that are in it
  double limit;     // 0 = none
  double dropped;   // bytes that could not be written and are not yet accounted for by a marker
  int error;        // why not
  bool full;        // the limit was reached
};

// The file is made when there is something to write: most of what a machine runs is silent.
void log_init(struct log *log, const char *path, double limit);

// Appends one frame, or nothing: a frame that does not fit is taken back and counted. The payload
// stands at frame + FRAME_HEAD; the head is filled in here. Never waits for space.
void log_append(struct log *log, enum log_stream stream, uint8_t *frame, size_t length);

// Returns how many bytes are missing at its end, and errno for it.
double log_close(struct log *log);
#endif
