/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status: what an Application's status says, and writing it.
 * The fields are Argo CD's. It is written as a merge patch on the Application itself (its CRD has
 * no status subresource), only when something changed, at most once a second for each application.
 * For an application from a file the same document is served over HTTP only.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_STATUS_STATUS_H
#define GITOPSD_DAEMON_STATUS_STATUS_H

#include "daemon/app/app.h"
#include "daemon/observe/observe.h"

/* The whole status; the caller decrefs. It shares parts with `app`: do not change them. */
json_t *status_build(const struct app *app, const struct observer *observer);

/* Only what the next process must know to find everything that this one may write: the part
 * `resources`. Writing it costs the API server a fraction of writing all. */
json_t *status_build_inventory(const struct app *app, const struct observer *observer);

/* What a status says, apart from when that was found. Never 0. */
uint64_t status_hash(const json_t *status);
/* The Application as it is in the cluster, from an event or the answer to a write. */
void status_seen(struct app *app, const json_t *application);
/* A restart: take over what the last process wrote, so that nothing seems to change. */
void status_load(struct app *app, const json_t *application);
/* Of that, only its `operationState`. */
void status_load_operation(struct app *app, const json_t *state);

/* "Synced", "OutOfSync" or "Unknown". */
const char *status_sync(const struct app *app, const struct observer *observer);
/* Aggregate the objects' health into app->health. */
void status_update_health(struct app *app, const struct observer *observer);

/* Append an entry for the operation that just succeeded, within revisionHistoryLimit. */
void status_add_history(struct app *app);

struct status_writer;
/* Told when a write has arrived in the cluster: an urgent one, the whole status, or both. */
typedef void status_written_fn(void *arg, struct app *app, bool urgent, bool whole);

struct status_writer *status_writer_new(uv_loop_t *loop, struct kube_client *client,
                                        struct observer *observer, status_written_fn *written,
                                        void *arg);
void status_writer_free(struct status_writer *w);
/* The Application kind; NULL while the CRD is not installed: nothing is written. */
void status_writer_set_resource(struct status_writer *w, const struct kube_resource *r);
/* Fewer writes at once while operations have work for the API server. */
void status_writer_set_busy(struct status_writer *w, bool busy);
/* While another process acts nothing is written. */
void status_writer_set_paused(struct status_writer *w, bool paused);
/* app->status_dirty or app->status_urgent was set. */
void status_writer_wake(struct status_writer *w, struct app *app);
/* The application is going away. */
void status_writer_forget(struct status_writer *w, struct app *app);
uint64_t status_writer_count(const struct status_writer *w);

#endif
