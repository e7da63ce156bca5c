// What the launcher says, and the short requests.
#ifndef ERRAND_ANSWER_H
#define ERRAND_ANSWER_H
#include "attempt.h"
#include "wire.h"

// Makes this launcher's own random name.
void answer_init(void);
void answer_welcome(struct buffer *out);
void answer_refused_client(struct buffer *out, double epoch);
void answer_stop(struct reader *r, struct buffer *out);
void answer_remove(struct reader *r, struct buffer *out);
void answer_list(struct reader *r, struct buffer *out);
void answer_find(struct reader *r, struct buffer *out);
// An attempt: text id, u32 pid, f64 startedAtMs, f64 order, text logFile, u8 ended; when it has: u8 cause,
// u32 code, u32 signal, f64 finishedAtMs, f64 cpuMs, f64 maxRssBytes, text message, u8 truncated, text outputs.
void answer_exited(const struct attempt *a, struct buffer *out);
#endif
