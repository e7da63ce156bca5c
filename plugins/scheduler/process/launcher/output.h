// What tasks write to $ERRAND_OUTPUT. The file lies in the workspace, or, without one, in our own output
// folder; it is the task's to make. When the attempt has ended it is taken: moved to where no task
// reaches it, OUTPUT_FOLDER/ID.
#ifndef ERRAND_OUTPUT_H
#define ERRAND_OUTPUT_H
#include <stdbool.h>
#include <stdint.h>

#include "attempt.h"

// The file's name is this and the attempt's id: processes are known by it, too (process.h).
#define OUTPUT_NAME ".errand-output-"

enum { MAX_OUTPUT = 1 << 20 };

void outputs_init(const char *folder);
// Says where the file is to be, and makes it where the task could not. False = errno says why not.
bool output_prepare(struct attempt *a, const char *workspace, uint32_t uid, uint32_t gid);
// Moves it; what is no plain file of the task's own is not read.
void output_take(struct attempt *a);
// Opens what was taken; -1 = nothing.
int output_open(const char *id, int64_t *size);
void output_remove(const char *id);
#endif
