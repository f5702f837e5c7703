// Counts the allocations of a program that links this target.

#ifndef MALLOC_COUNTER_H
#define MALLOC_COUNTER_H

#include <stdint.h>

/// The allocations of the calling thread so far: malloc, calloc, realloc and the aligned ones.
uint64_t malloc_counter_count(void);

/// Whether allocations are counted; only with glibc.
_Bool malloc_counter_is_active(void);

#endif
