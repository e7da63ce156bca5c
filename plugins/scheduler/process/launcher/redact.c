// A search for many patterns at once after Wu and Manber: a window as long as the shortest pattern
// slides over the text; a table says by its last two bytes how far it may slide. With a short window
// that is hardly ever far: then its first two bytes are looked up at every place.
#include "redact.h"

#include <stdlib.h>
#include <string.h>

static const char MASK[PATTERN_MIN + 1] = "***";

struct redactor {
  uint8_t *shift;   // by hash of two bytes: how far the window may move; 0 = look closer
  uint32_t *first;  // by the same hash: 1 + index of the first pattern to compare; 0 = none
  uint32_t *next;   // by pattern: 1 + index of the next one to compare
  struct pattern *patterns;
  uint8_t *bytes;   // what the patterns point into
  uint32_t count;
  uint32_t window;
  uint32_t probe;  // where in the window the two bytes stand
  uint32_t hash_bits;
  bool starts[256];  // the first bytes of all patterns
};

// What is found at one place of the text.
enum found { NOTHING, WHOLE, BEGINNING };

enum { SHORT_WINDOW = 8 };

static inline uint32_t hash(const struct redactor *r, const uint8_t *two) {
  return (((uint32_t)two[0] | (uint32_t)two[1] << 8) * 40503u & 0xffff) >> (16 - r->hash_bits);
}

static bool is_usable(struct pattern p) {
  return p.length >= PATTERN_MIN && p.length <= PATTERN_MAX;
}

static void enter(struct redactor *r, uint32_t index) {
  const uint8_t *bytes = r->patterns[index].bytes;
  r->starts[bytes[0]] = true;
  for (uint32_t at = 0; at <= r->probe; at++) {
    uint32_t slot = hash(r, bytes + at);
    uint8_t distance = (uint8_t)(r->probe - at);
    if (distance < r->shift[slot]) r->shift[slot] = distance;
  }
  uint32_t slot = hash(r, bytes + r->probe);
  r->next[index] = r->first[slot];
  r->first[slot] = index + 1;
}

static bool allocate(struct redactor *r, size_t bytes) {
  size_t slots = (size_t)1 << r->hash_bits;
  r->shift = malloc(slots);
  r->first = calloc(slots, sizeof *r->first);
  r->next = calloc(r->count, sizeof *r->next);
  r->patterns = calloc(r->count, sizeof *r->patterns);
  r->bytes = malloc(bytes);
  return r->shift && r->first && r->next && r->patterns && r->bytes;
}

struct redactor *redactor_new(const struct pattern *patterns, size_t count, bool *failed) {
  size_t bytes = 0;
  uint32_t used = 0, window = 64;
  for (size_t i = 0; i < count; i++) {
    if (!is_usable(patterns[i])) continue;
    used++;
    bytes += patterns[i].length;
    if (patterns[i].length < window) window = patterns[i].length;
  }
  *failed = false;
  if (used == 0) return NULL;
  struct redactor *r = calloc(1, sizeof *r);
  *failed = !r;
  if (!r) return NULL;
  r->count = used;
  r->window = window;
  r->probe = window < SHORT_WINDOW ? 0 : window - 2;
  r->hash_bits = 14;
  while (r->hash_bits < 16 && (size_t)1 << r->hash_bits < (size_t)used * window * 4) r->hash_bits++;
  if (!allocate(r, bytes)) {
    redactor_free(r);
    *failed = true;
    return NULL;
  }
  memset(r->shift, (int)r->probe + 1, (size_t)1 << r->hash_bits);
  uint8_t *at = r->bytes;
  uint32_t index = 0;
  for (size_t i = 0; i < count; i++) {
    if (!is_usable(patterns[i])) continue;
    memcpy(at, patterns[i].bytes, patterns[i].length);
    r->patterns[index] = (struct pattern){.bytes = at, .length = patterns[i].length};
    at += patterns[i].length;
    enter(r, index++);
  }
  return r;
}

void redactor_free(struct redactor *r) {
  if (!r) return;
  free(r->shift);
  free(r->first);
  free(r->next);
  free(r->patterns);
  free(r->bytes);
  free(r);
}

// Passes over places where nothing can begin, four at once: such look-ups do not wait for each other.
static size_t skip(const struct redactor *r, const uint8_t *text, size_t at, size_t length) {
  size_t far = r->probe + 1;
  for (; at + 3 * far + r->probe + 2 <= length; at += 4 * far) {
    const uint8_t *from = text + at + r->probe;
    size_t sum = (size_t)r->shift[hash(r, from)] + r->shift[hash(r, from + far)] +
                 r->shift[hash(r, from + 2 * far)] + r->shift[hash(r, from + 3 * far)];
    if (sum != 4 * far) break;
  }
  return at;
}

// Compares the patterns of a slot with the text. WHOLE sets *length to the longest that is there;
// BEGINNING means that more text decides.
static enum found look(const struct redactor *r, uint32_t slot, const uint8_t *text, size_t rest,
                       bool last, size_t *length) {
  enum found found = NOTHING;
  *length = 0;
  for (uint32_t i = r->first[slot]; i; i = r->next[i - 1]) {
    struct pattern p = r->patterns[i - 1];
    if (p.bytes[0] != text[0]) continue;
    if (p.length <= rest) {
      if (p.length <= *length || memcmp(p.bytes, text, p.length) != 0) continue;
      *length = p.length;
      found = WHOLE;
    } else if (!last && memcmp(p.bytes, text, rest) == 0) {
      return BEGINNING;
    }
  }
  return found;
}

// Where in a text shorter than the window a pattern may begin.
static size_t find_beginning(const struct redactor *r, const uint8_t *text, size_t length) {
  for (size_t at = 0; at < length; at++) {
    if (!r->starts[text[at]]) continue;
    for (uint32_t i = 0; i < r->count; i++) {
      if (memcmp(r->patterns[i].bytes, text + at, length - at) == 0) return at;
    }
  }
  return length;
}

// How far the text is rewritten.
struct rewriting {
  uint8_t *out;  // end of what is written; never beyond what has been read for the last time
  size_t plain;  // start of text that is not written yet
  size_t masked; // end of the mask that is open
  bool open, owed;
};

static void write_mask(struct rewriting *w) {
  memcpy(w->out, MASK, PATTERN_MIN);
  w->out += PATTERN_MIN;
  w->owed = false;
}

static void write_plain(struct rewriting *w, const uint8_t *text, size_t end) {
  if (w->plain >= end) return;
  if (w->owed) write_mask(w); // it covers enough by now: all of it lies before `plain`
  memmove(w->out, text + w->plain, end - w->plain);
  w->out += end - w->plain;
  w->plain = end;
}

// Masks text[at..end), as part of the mask that is open where they overlap or touch.
static void mask(struct rewriting *w, const uint8_t *text, size_t at, size_t end) {
  if (!w->open || at > w->masked) {
    write_plain(w, text, at);
    w->open = w->owed = true;
  }
  if (end > w->masked) w->masked = end;
  w->plain = w->masked;
}

struct redacted redact(const struct redactor *r, struct redact_state *state, uint8_t *text,
                       size_t length, bool last, size_t *consumed) {
  struct rewriting w = {.out = text, .open = state->mask_left >= 0};
  if (w.open) w.plain = w.masked = (size_t)state->mask_left;
  uint8_t *begin = text;
  if (state->mask_owed) {
    begin = w.out = text - PATTERN_MIN;
    write_mask(&w);
  }
  size_t at = 0;
  for (;;) {
    at = skip(r, text, at, length);
    if (at + r->window > length) break;
    uint32_t slot = hash(r, text + at + r->probe);
    if (r->shift[slot]) {
      at += r->shift[slot];
      continue;
    }
    size_t matched;
    enum found found = look(r, slot, text + at, length - at, last, &matched);
    if (found == BEGINNING) break;
    if (found == WHOLE) mask(&w, text, at, at + matched);
    at++;
  }
  if (at > length || last) at = length;
  else if (at + r->window > length) at += find_beginning(r, text + at, length - at);
  write_plain(&w, text, at);
  if (w.owed && text + at - w.out >= PATTERN_MIN) write_mask(&w);
  *consumed = at;
  state->mask_left = w.open && w.masked >= at ? (long)(w.masked - at) : -1;
  state->mask_owed = w.owed;
  return (struct redacted){begin, (size_t)(w.out - begin)};
}
