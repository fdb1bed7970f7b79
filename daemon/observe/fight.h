/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fight: objects that somebody else in the cluster keeps changing back after we wrote them: a
 * mutating webhook, another controller, another GitOps tool. After FIGHT_ROUNDS rounds in a row the
 * object is left alone for a while, twice as long each time, and what is fought over is told; other
 * objects of the application are repaired as ever.
 * A round is: we wrote the object, and within FIGHT_CALM_MS it differed again at the same place.
 * Times are of the monotonic clock, in milliseconds. Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_OBSERVE_FIGHT_H
#define GITOPSD_DAEMON_OBSERVE_FIGHT_H

#include "lib/base/map.h"

#define FIGHT_ROUNDS 5
#define FIGHT_FIRST_DELAY_MS 1000
#define FIGHT_MAX_DELAY_MS 300000
#define FIGHT_CALM_MS 600000
/* How long after the next write, which was not answered, there is still a fight to tell of. */
#define FIGHT_TOLD_MS 30000

/* How an object differs. Strings are borrowed; texts of values are ready for people (of a Secret:
 * digests). */
struct fight_difference {
    const char *path;
    const char *wanted;
    const char *live;
    const char *manager; /* who wrote the live value; NULL: not known */
};

struct fights {
    struct map objects; /* key -> struct fight */
};

void fights_clear(struct fights *f);

/* We wrote the object, to mend what differed. */
void fights_wrote(struct fights *f, const char *key, uint64_t now_ms);
/* Would it count if the object differed now? Without a write of ours, it does not. */
bool fights_is_watching(const struct fights *f, const char *key, uint64_t now_ms);
/* The object differs, after we wrote it. */
void fights_differs(struct fights *f, const char *key, const struct fight_difference *how,
                    uint64_t now_ms);
/* Git says something else now, or the object is gone: it starts anew. */
void fights_forget(struct fights *f, const char *key);

/* Until when the object is left alone; 0: it is not. */
uint64_t fights_held_until(const struct fights *f, const char *key, uint64_t now_ms);
/* Until when there is something to tell; 0: there is nothing. */
uint64_t fights_told_until(const struct fights *f, const char *key, uint64_t now_ms);
/* What there is to tell of a fight; NULL where there is none (any more). Heap string. */
char *fights_message(const struct fights *f, const char *key, uint64_t now_ms);
/* Is there any at all? Most of the time there is not. */
bool fights_any(const struct fights *f);

#endif
