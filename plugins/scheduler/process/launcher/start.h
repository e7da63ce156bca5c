// Starting an attempt from its order.
#ifndef ERRAND_START_H
#define ERRAND_START_H
#include "wire.h"

// Where tasks make the files behind $ERRAND_OUTPUT, ID each. They do it themselves: ext4 is slow to make
// files (up to 1 ms) while it remembers that many were deleted.
void start_init(const char *output_folder);

// The fields of START: text id, text logFile, text workspace, text workdir, u32 uid, u32 gid,
// f64 maxLogBytes, f64 runMs, then three lists, each u32 count and that many texts: argv, environment
// ("NAME=value", without ERRAND_OUTPUT, which is added here), patterns to mask.
// Does it, and writes the answer.
void start_attempt(struct reader *order, struct buffer *answers);

// Opens an attempt's output file for reading, if it is a plain file; -1 = nothing to read.
int output_open(const char *id, int64_t *size);
void output_remove(const char *id);
#endif
