// What travels between client and launcher: frames `u32 length | u8 op | fields`, little-endian, where
// length counts op and fields. A text is `u32 length | bytes | NUL`, so that it can be used in place.
// launcher-wire.ts is the other side.
#ifndef ERRAND_WIRE_H
#define ERRAND_WIRE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROTOCOL = 1, MAX_REQUEST = 16 << 20 };

// Every request but HELLO, EPOCH and BYE has exactly one answer, in the order of the requests.
enum request {
  HELLO = 1,  // u32 protocol, f64 epoch
  START = 2,  // see attempt-order.h
  STOP = 3,   // id, f64 graceMs
  REMOVE = 4, // id
  LIST = 5,   // f64 after, u32 most attempts, u32 bytes after which the page ends
  FIND = 6,   // id
  EPOCH = 7,  // f64 epoch: raises it
  BYE = 8,    // the client is done
};

enum answer {
  WELCOME = 65,     // u32 protocol, text instance, u32 pid
  REFUSED = 66,     // u32 protocol of the launcher, f64 epoch it has seen
  STARTED = 67,     // u8 it was started now and runs, u32 pid, f64 startedAtMs
  NOT_STARTED = 68, // text error code, text message
  DONE = 69,        // a stop or a removal is accepted
  ATTEMPT = 70,     // one of a page, and the answer to FIND
  PAGE_END = 71,    // f64 after, u8 complete
  UNKNOWN = 72,     // FIND: no such attempt
  EXITED = 73,      // not asked for: an attempt ended
};

// Reads fields; after a field that is not there `bad` is set and everything is empty.
struct reader {
  const uint8_t *at, *end;
  bool bad;
};
uint8_t read_u8(struct reader *r);
uint32_t read_u32(struct reader *r);
double read_f64(struct reader *r);
const char *read_text(struct reader *r, uint32_t *length); // length may be NULL

// Bytes on their way out. Out of memory ends the process: the next launcher takes over from the disk.
struct buffer {
  uint8_t *bytes;
  size_t length, room, sent;
};
void write_u8(struct buffer *b, uint8_t value);
void write_u32(struct buffer *b, uint32_t value);
void write_f64(struct buffer *b, double value);
void write_text(struct buffer *b, const void *bytes, size_t length);
uint8_t *reserve(struct buffer *b, size_t more);
// Overwrites what may have been a secret, also where nobody reads it any more.
void wipe(void *bytes, size_t length);

// A frame: everything written between the two belongs to it.
size_t begin_frame(struct buffer *b, uint8_t op);
void end_frame(struct buffer *b, size_t begin);
#endif
