// Masks byte patterns in a stream: every byte of every occurrence, overlapping ones included.
#ifndef ERRAND_REDACT_H
#define ERRAND_REDACT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Shortest and longest pattern. The mask is as long as the shortest, so a text never grows and can
// be rewritten in place; the longest bounds what a stream holds back. The client cuts longer ones.
enum { PATTERN_MIN = 3, PATTERN_MAX = 1024 };

struct pattern {
  const uint8_t *bytes;
  uint32_t length;
};

// The patterns of one attempt, ready for searching; both of its streams share it.
struct redactor;

// Copies the patterns. NULL when there is no usable one, or no memory (then *failed is true).
struct redactor *redactor_new(const struct pattern *patterns, size_t count, bool *failed);
void redactor_free(struct redactor *r);

// What one stream remembers between two pieces of its text. It begins with {.mask_left = -1}.
struct redact_state {
  // Bytes at the start of the next piece that belong to the mask before it; -1 = none is open.
  long mask_left;
  // That mask has not been written yet: what it covers is shorter than it by now.
  bool mask_owed;
};

struct redacted {
  uint8_t *bytes;
  size_t length;
};

// Rewrites text[0..length) in place; the output begins there, or PATTERN_MIN bytes before it: they must
// be free. From *consumed on the text may be the start of a pattern: it is left as it is and has to
// come again, in front of the next piece. With `last` nothing is held back. At most PATTERN_MAX - 1
// bytes are.
struct redacted redact(const struct redactor *r, struct redact_state *state, uint8_t *text,
                       size_t length, bool last, size_t *consumed);
#endif
