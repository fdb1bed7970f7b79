/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vec: growing arrays. `struct ptrvec` holds borrowed or owned pointers (the owner frees them);
 * `struct strvec` owns copies of its strings and keeps a NULL after the last one.
 */
#ifndef GITOPSD_LIB_BASE_VEC_H
#define GITOPSD_LIB_BASE_VEC_H

#include "lib/base/mem.h"

struct ptrvec {
    void **items;
    size_t len;
    size_t cap;
};

void ptrvec_push(struct ptrvec *v, void *item);
/* Remove one item, keeping the order. */
void ptrvec_remove(struct ptrvec *v, size_t index);
/* Free the array, not what it points to. */
void ptrvec_clear(struct ptrvec *v);

struct strvec {
    char **items; /* NULL while empty */
    size_t len;
    size_t cap;
};

void strvec_push(struct strvec *v, const char *s);
void strvec_take(struct strvec *v, char *s); /* takes `s` */
void strvec_pushf(struct strvec *v, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool strvec_has(const struct strvec *v, const char *s);
void strvec_sort(struct strvec *v);
/* "one; two and 3 more" for the separator "; " and at most two; NULL where there is none. Heap
 * string. */
char *strvec_join(const struct strvec *v, const char *separator, size_t max);
void strvec_clear(struct strvec *v);

#define cleanup_ptrvec __attribute__((cleanup(ptrvec_clear)))
#define cleanup_strvec __attribute__((cleanup(strvec_clear)))

#endif
