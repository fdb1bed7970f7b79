/* SPDX-License-Identifier: Apache-2.0 */
/*
 * standing: where an Application stands, read from its document alone (docs/status.md): which
 * commit is wanted, which is applied, which of them is healthy, and why these differ.
 * Commits of several sources are one text with ", " between them (app_facts.h).
 */
#ifndef GITOPSD_CLI_VERBS_STANDING_H
#define GITOPSD_CLI_VERBS_STANDING_H

#include "lib/base/buf.h"

#include <jansson.h>

struct standing {
    char *wanted;       /* what Git has, as far as the controller knows; "": not known */
    char *applied;      /* what the last full sync wrote; "": nothing so far */
    const char *sync;   /* "Synced", "OutOfSync" or "Unknown"; borrowed from the document */
    const char *health; /* "Healthy", ... or "Unknown"; borrowed */
    bool is_known;      /* it was compared: somebody serves it */
    bool is_under_way;  /* an operation is asked for, runs, or waits for its next try */
    bool is_automated;  /* spec.syncPolicy.automated is there, suspended or not */
    bool is_suspended;  /* automated.enabled: false */
    bool is_behind;     /* what is applied is not what is wanted */
};

#define STANDING_UNKNOWN "not compared yet: no gitopsd serves it, or it was just created"

void standing_read(const json_t *app, struct standing *out);
void standing_clear(struct standing *s);
/* The applied revision where all of it is healthy and nothing is under way, else "". Borrowed. */
const char *standing_healthy(const struct standing *s);
/* Is one of the commits this one? `revision` may be shortened to 7 digits or more. */
bool standing_names(const char *commits, const char *revision);

/* Why it is not where it should be, in one line, "" where all is well: an error, an operation under
 * way or failed, objects that differ or are not healthy. Heap string. */
char *standing_reason(const json_t *app, const struct standing *s);

/* Append the objects of status.resources that are not in sync, or not healthy (with what their
 * health says), some by name and the others as a number. False: there are none. */
bool standing_put_unsynced(const json_t *app, struct buf *out);
bool standing_put_unhealthy(const json_t *app, struct buf *out);
/* "Deployment.apps shop/web" of an entry with group, kind, namespace and name. Heap string. */
char *standing_object(const json_t *entry);
/* What others wrote, on one line and without what steers terminals. Heap string. */
char *standing_line(const char *text);

#define cleanup_standing __attribute__((cleanup(standing_clear)))

#endif
