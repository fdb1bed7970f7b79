/* SPDX-License-Identifier: Apache-2.0 */
/*
 * follow: the sources that count for an application now, and the commit that each of them is at.
 * They are those of the spec, or while an operation names others, those of the pin (pin.h). The
 * commits become app->target as soon as all are known; what is wrong with the first source that
 * has a problem is app->source_error.
 * Thread: the loop thread. Each change schedules the application.
 */
#ifndef GITOPSD_DAEMON_FOLLOW_H
#define GITOPSD_DAEMON_FOLLOW_H

#include "daemon/daemon.h"
#include "lib/base/error.h"

#include <jansson.h>

struct followed;

/* What counts may be another: follow that, and forget the target. A spec that cannot be used, an
 * application of another cluster or that its project does not permit, and one that is being deleted
 * without hooks follow nothing. */
void follow_start(struct daemon *d, struct app *app);
/* What an operation names counts, as pin_read() reads it from `sync`; where that fails nothing has
 * changed. */
int follow_pin(struct daemon *d, struct app *app, const json_t *sync, struct error **err);
/* The spec counts again. Nothing happens where nothing is pinned. */
void follow_unpin(struct daemon *d, struct app *app);
void follow_stop(struct app *app);
bool follow_is_on(const struct app *app);
/* Ask all repositories now. */
void follow_poll_now(struct app *app);
/* Is an answer to that still to come? */
bool follow_is_polling(const struct app *app);
/* A clone turned out to be gone or damaged: fetch again. */
void follow_forget(struct app *app);
/* At the end, where the sources are gone already. */
void follow_free(struct app *app);
/* The annotated tag that led source `i` to its commit (source_tag()); borrowed. */
const char *follow_tag(const struct app *app, size_t i);
/* The clone of source `i`; borrowed. */
const char *follow_dir(const struct app *app, size_t i);

#endif
