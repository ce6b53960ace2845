/* process.h: CPU time and resident memory of a list of processes.
 *
 * CPU is read from each process's own CPU clock (man 3 clock_getcpuclockid): all its threads, those that ended too,
 * in nanoseconds. /proc/PID/stat would count in ticks of 10 ms.
 */
#pragma once
#include "clock.h"
#include <stdio.h>
#include <unistd.h>

#define MAX_PIDS 256
typedef struct { int pid[MAX_PIDS]; int count; } Processes;

static double processes_cpu_s(const Processes *p) {
  double sum = 0;
  clockid_t clock;
  for (int i = 0; i < p->count; i++) if (!clock_getcpuclockid(p->pid[i], &clock)) sum += clock_us(clock) / 1e6;
  return sum;
}
static long processes_rss_kib(const Processes *p) {
  long sum = 0, pages;
  char path[64];
  for (int i = 0; i < p->count; i++) {
    snprintf(path, sizeof path, "/proc/%d/statm", p->pid[i]);
    FILE *f = fopen(path, "r");
    if (!f) continue;
    if (fscanf(f, "%*d %ld", &pages) == 1) sum += pages * (sysconf(_SC_PAGESIZE) / 1024);
    fclose(f);
  }
  return sum;
}
