/* histogram.h: durations in microseconds, in buckets that are each 1 % wide. */
#pragma once
#include <math.h>

#define BUCKETS 4000
typedef struct { long n[BUCKETS]; long count; long max; } Histogram;

static void histogram_add(Histogram *h, long us) {
  if (us < 1) us = 1;
  int bucket = (int)(log((double)us) / log(1.01));
  h->n[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
  h->count++;
  if (us > h->max) h->max = us;
}
static double histogram_ms(const Histogram *h, double quantile) {
  long want = (long)(quantile * h->count), seen = 0;
  if (!h->count) return 0;
  for (int b = 0; b < BUCKETS; b++) if ((seen += h->n[b]) > want) return pow(1.01, b) / 1e3;
  return h->max / 1e3;
}
