#pragma once

#include <signal.h>
#include <uv.h>

// `SIG_IGN` is a cast in a macro, which Swift cannot import.
static inline void clibuv_ignore_sigpipe(void) { signal(SIGPIPE, SIG_IGN); }
