/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mem: allocation that cannot fail, and the ownership macros.
 * Running out of memory aborts. Input cannot cause it: whatever grows with input states its limit.
 */
#ifndef GITOPSD_LIB_BASE_MEM_H
#define GITOPSD_LIB_BASE_MEM_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *p, size_t size);
/* NULL gives NULL. */
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t len);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *xvasprintf(const char *fmt, va_list ap) __attribute__((format(printf, 1, 0)));

/* NULL-safe comparisons; streq(NULL, NULL) is true. */
bool streq(const char *a, const char *b);
bool str_has_prefix(const char *s, const char *prefix);
bool str_has_suffix(const char *s, const char *suffix);

/* Move a pointer out, leaving NULL behind. */
#define TAKE(p)                                                                                    \
    ({                                                                                             \
        __typeof__(p) taken_ = (p);                                                                \
        (p) = NULL;                                                                                \
        taken_;                                                                                    \
    })

#define CONTAINER_OF(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define UNREACHABLE() abort()

/* Define the cleanup function behind a `cleanup_NAME` attribute from a NULL-safe free function. */
#define DEFINE_CLEANUP(name, type, free_fn)                                                        \
    static inline void cleanup_##name##_fn(type **p)                                               \
    {                                                                                              \
        free_fn(*p);                                                                               \
    }

DEFINE_CLEANUP(free, char, free)
#define cleanup_free __attribute__((cleanup(cleanup_free_fn)))

#endif
