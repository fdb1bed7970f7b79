/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status_parts: the parts that status.c puts together; nobody else includes it.
 * All JSON is a new reference. What is absent is left out: a document has no nulls.
 */
#ifndef GITOPSD_DAEMON_STATUS_STATUS_PARTS_H
#define GITOPSD_DAEMON_STATUS_STATUS_PARTS_H

#include "daemon/observe/observe.h"

/* 0: nothing is set. */
void status_put_time(json_t *to, const char *field, int64_t wall_ms);
/* Words of others: of any length, and not always UTF-8 (a file name). NULL or empty: nothing is
 * set. */
void status_put_message(json_t *to, const char *field, const char *text);
/* As "source", or "sources" where it is a list. NULL: nothing is set. */
void status_put_source(json_t *to, json_t *source);

/* A live object that the project does not permit is not seen. */
bool status_is_denied(const struct object *object);
/* "Synced", "OutOfSync" or "Unknown"; of an object that is no hook. */
const char *status_object_sync(const struct app *app, const struct object *object);
/* status.resources */
json_t *status_resources(const struct app *app, const struct observer *observer);
/* status.summary */
json_t *status_summary(const struct app *app, const struct observer *observer);
/* status.health */
json_t *status_health(const struct app *app);
/* status.operationState; NULL: no operation of ours. */
json_t *status_operation(const struct app *app);
/* status.conditions; NULL: none. */
json_t *status_conditions(const struct app *app);

#endif
