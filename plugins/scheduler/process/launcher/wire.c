#include "wire.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t *take(struct reader *r, size_t length) {
  if (r->bad || (size_t)(r->end - r->at) < length) {
    r->bad = true;
    return NULL;
  }
  const uint8_t *from = r->at;
  r->at += length;
  return from;
}

uint8_t read_u8(struct reader *r) {
  const uint8_t *from = take(r, 1);
  return from ? *from : 0;
}

uint32_t read_u32(struct reader *r) {
  uint32_t value = 0;
  const uint8_t *from = take(r, sizeof value);
  if (from) memcpy(&value, from, sizeof value);
  return value;
}

double read_f64(struct reader *r) {
  double value = 0;
  const uint8_t *from = take(r, sizeof value);
  if (from) memcpy(&value, from, sizeof value);
  return value;
}

const char *read_text(struct reader *r, uint32_t *length) {
  uint32_t bytes = read_u32(r);
  const uint8_t *from = take(r, (size_t)bytes + 1);
  if (from && from[bytes] != '\0') r->bad = true;
  if (r->bad) bytes = 0;
  if (length) *length = bytes;
  return r->bad ? "" : (const char *)from;
}

static void *(*volatile set_all)(void *, int, size_t) = memset; // no compiler leaves that out

void wipe(void *bytes, size_t length) {
  if (length > 0) set_all(bytes, 0, length);
}

uint8_t *reserve(struct buffer *b, size_t more) {
  if (b->length + more > b->room) {
    size_t room = (b->length + more) * 2 + 4096;
    uint8_t *bytes = malloc(room);
    if (!bytes) abort();
    if (b->length > 0) memcpy(bytes, b->bytes, b->length);
    wipe(b->bytes, b->length);
    free(b->bytes);
    b->bytes = bytes;
    b->room = room;
  }
  return b->bytes + b->length;
}

static void append(struct buffer *b, const void *bytes, size_t length) {
  memcpy(reserve(b, length), bytes, length);
  b->length += length;
}

void write_u8(struct buffer *b, uint8_t value) { append(b, &value, 1); }
void write_u32(struct buffer *b, uint32_t value) { append(b, &value, sizeof value); }
void write_f64(struct buffer *b, double value) { append(b, &value, sizeof value); }

void write_text(struct buffer *b, const void *bytes, size_t length) {
  write_u32(b, (uint32_t)length);
  if (length > 0) append(b, bytes, length);
  write_u8(b, 0);
}

size_t begin_frame(struct buffer *b, uint8_t op) {
  size_t begin = b->length;
  write_u32(b, 0);
  write_u8(b, op);
  return begin;
}

void end_frame(struct buffer *b, size_t begin) {
  uint32_t length = (uint32_t)(b->length - begin - 4);
  memcpy(b->bytes + begin, &length, sizeof length);
}
