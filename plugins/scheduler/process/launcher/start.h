// Starting an attempt from its order.
#ifndef ERRAND_START_H
#define ERRAND_START_H
#include "wire.h"

// The fields of START: text id, text logFile, text workspace, text workdir, u32 uid, u32 gid,
// f64 maxLogBytes, f64 runMs, then three lists, each u32 count and that many texts: argv, environment
// ("NAME=value", without ERRAND_OUTPUT, which is added here), patterns to mask.
// Does it, and writes the answer.
void start_attempt(struct reader *order, struct buffer *answers);

#endif
