// Stands in front of glibc's allocator: a definition in the executable is found before the one of
// the library, for the Swift runtime too, and `__libc_malloc` and its like are the real ones.
//
// The counter belongs to its thread, so it needs no atomic operation; the variable lies in the
// executable's own thread-local block, so that reading it never allocates.

#include "malloc_counter.h"

#if defined(__GLIBC__)

#include <errno.h>
#include <stddef.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

static _Thread_local uint64_t count;

uint64_t malloc_counter_count(void) { return count; }

_Bool malloc_counter_is_active(void) { return 1; }

void *malloc(size_t size) {
    count += 1;
    return __libc_malloc(size);
}

void *calloc(size_t items, size_t size) {
    count += 1;
    return __libc_calloc(items, size);
}

void *realloc(void *memory, size_t size) {
    count += 1;
    return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
    count += 1;
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **result, size_t alignment, size_t size) {
    if (alignment % sizeof(void *) != 0 || alignment == 0 || (alignment & (alignment - 1)) != 0)
        return EINVAL;
    void *memory = memalign(alignment, size);
    if (memory == NULL)
        return ENOMEM;
    *result = memory;
    return 0;
}

void free(void *memory) { __libc_free(memory); }

#else

uint64_t malloc_counter_count(void) { return 0; }

_Bool malloc_counter_is_active(void) { return 0; }

#endif
