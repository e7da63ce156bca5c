// Times in milliseconds.
#ifndef ERRAND_CLOCK_H
#define ERRAND_CLOCK_H
#include <stdint.h>
#include <time.h>

static const int64_t NEVER = INT64_MAX;

// Monotonic: limits and graces.
static inline int64_t now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

// Wall clock, since 1970: what people read.
static inline double wall_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (double)((int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000);
}
#endif
