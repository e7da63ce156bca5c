#include "answer.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "fence.h"
#include "lifecycle.h"
#include "output.h"
#include "state.h"

static char instance[33];

void answer_init(void) {
  uint8_t random[16] = {0};
  int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
  ssize_t n = fd < 0 ? 0 : read(fd, random, sizeof random);
  if (fd >= 0) close(fd);
  if (n != (ssize_t)sizeof random) { // as good as a name needs
    double seed[2] = {wall_ms(), (double)getpid()};
    memcpy(random, seed, sizeof random);
  }
  for (int i = 0; i < 16; i++) snprintf(instance + 2 * i, 3, "%02x", random[i]);
}

static void write_string(struct buffer *out, const char *text) {
  write_text(out, text ? text : "", text ? strlen(text) : 0);
}

void answer_welcome(struct buffer *out) {
  size_t frame = begin_frame(out, WELCOME);
  write_u32(out, PROTOCOL);
  write_string(out, instance);
  write_u32(out, (uint32_t)getpid());
  end_frame(out, frame);
}

void answer_refused_client(struct buffer *out, double epoch) {
  size_t frame = begin_frame(out, REFUSED);
  write_u32(out, PROTOCOL);
  write_f64(out, epoch);
  end_frame(out, frame);
}

static void answer_done(struct buffer *out) { end_frame(out, begin_frame(out, DONE)); }

void answer_stop(struct reader *r, struct buffer *out) {
  const char *id = read_text(r, NULL);
  double grace_ms = read_f64(r);
  struct attempt *a = attempt_find(id);
  if (is_attempt_id(id) && !fence_has(id)) state_note_stop(id, a != NULL);
  if (a) stop_attempt(a, grace_ms);
  answer_done(out);
}

void answer_remove(struct reader *r, struct buffer *out) {
  const char *id = read_text(r, NULL);
  struct attempt *a = attempt_find(id);
  if (a) remove_attempt(a);
  else if (is_attempt_id(id) && !fence_has(id)) state_note_removal(id);
  answer_done(out);
}

// What the task wrote to $ERRAND_OUTPUT.
static void write_outputs(struct buffer *out, const char *id) {
  int64_t size = 0;
  int fd = output_open(id, &size);
  size_t want = size > MAX_OUTPUT ? MAX_OUTPUT : (size_t)size, have = 0;
  write_u8(out, size > MAX_OUTPUT);
  write_u32(out, 0);
  size_t length_at = out->length - 4;
  uint8_t *room = reserve(out, want + 1);
  for (ssize_t n; fd >= 0 && have < want && (n = read(fd, room + have, want - have)) > 0;) {
    have += (size_t)n;
  }
  if (fd >= 0) close(fd);
  room[have] = '\0';
  out->length += have + 1;
  uint32_t length = (uint32_t)have;
  memcpy(out->bytes + length_at, &length, sizeof length);
}

static void write_attempt(struct buffer *out, enum answer op, const struct attempt *a) {
  size_t frame = begin_frame(out, op);
  write_string(out, a->id);
  write_u32(out, (uint32_t)a->pid);
  write_f64(out, a->started_at);
  write_f64(out, a->order);
  write_string(out, op == EXITED ? "" : a->log_path);
  write_u8(out, !a->run);
  if (!a->run) {
    const struct ending *end = &a->end;
    write_u8(out, (uint8_t)end->cause);
    write_u32(out, (uint32_t)end->code);
    write_u32(out, (uint32_t)end->signal);
    write_f64(out, end->finished_at);
    write_f64(out, end->cpu_ms);
    write_f64(out, end->max_rss_bytes);
    write_string(out, end->message);
    write_outputs(out, a->id);
  }
  end_frame(out, frame);
}

void answer_exited(const struct attempt *a, struct buffer *out) { write_attempt(out, EXITED, a); }

static bool is_listed(const struct attempt *a) { return !(a->run && a->run->removed); }

void answer_list(struct reader *r, struct buffer *out) {
  double after = read_f64(r);
  uint32_t most = read_u32(r), bytes = read_u32(r), count = 0;
  size_t begin = out->length;
  const struct attempt *a = attempt_first();
  while (a && a->order <= after) a = a->next;
  for (; a && count < most && out->length - begin < bytes; a = a->next) {
    after = a->order;
    if (!is_listed(a)) continue;
    write_attempt(out, ATTEMPT, a);
    count++;
  }
  size_t frame = begin_frame(out, PAGE_END);
  write_f64(out, after);
  write_u8(out, a == NULL);
  end_frame(out, frame);
}

void answer_find(struct reader *r, struct buffer *out) {
  const struct attempt *a = attempt_find(read_text(r, NULL));
  if (a && is_listed(a)) return write_attempt(out, ATTEMPT, a);
  end_frame(out, begin_frame(out, UNKNOWN));
}
