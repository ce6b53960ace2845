/* clock.h: the one clock of load and upstream (CLOCK_MONOTONIC is the same for all processes of a machine). */
#pragma once
#include <time.h>

static long long clock_us(clockid_t clock) {
  struct timespec t;
  if (clock_gettime(clock, &t)) return 0;
  return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}
static long long now_us(void) { return clock_us(CLOCK_MONOTONIC); }
