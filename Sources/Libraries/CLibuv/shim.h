#pragma once

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <uv.h>

// `SIG_IGN` is a cast in a macro, which Swift cannot import.
static inline void clibuv_ignore_sigpipe(void) { signal(SIGPIPE, SIG_IGN); }

// <sys/timerfd.h> is in no module of the C library's.

// A timer's descriptor on the clock of `uv_hrtime`, or minus errno.
static inline int clibuv_alarm_open(void) {
  int descriptor = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  return descriptor < 0 ? -errno : descriptor;
}

// Makes it readable at a time in nanoseconds, at once for one that has passed; never for 0.
static inline int clibuv_alarm_set(int descriptor, int64_t nanoseconds) {
  struct itimerspec at = {{0, 0}, {nanoseconds / 1000000000, nanoseconds % 1000000000}};
  return timerfd_settime(descriptor, TFD_TIMER_ABSTIME, &at, NULL) == 0 ? 0 : -errno;
}

static inline void clibuv_alarm_close(int descriptor) { close(descriptor); }

// Forgets that the time has come.
static inline void clibuv_alarm_clear(int descriptor) {
  uint64_t count;
  while (read(descriptor, &count, sizeof count) < 0 && errno == EINTR) {}
}
