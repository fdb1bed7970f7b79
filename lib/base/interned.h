/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interned: a text that is kept in many places, as one copy: the kind of an object, a commit.
 * Equal texts are the same pointer while anybody holds them.
 * Memory: each reference is given back with interned_unref(). NULL stays NULL.
 * Thread: any, also for the same text.
 */
#ifndef GITOPSD_LIB_BASE_INTERNED_H
#define GITOPSD_LIB_BASE_INTERNED_H

#include "lib/base/mem.h"

const char *interned_ref(const char *text);
/* Takes `text`, a heap string. */
const char *interned_take(char *text);
void interned_unref(const char *interned);
/* How many different texts are held. */
size_t interned_count(void);

#endif
