/* SPDX-License-Identifier: Apache-2.0 */
/*
 * app_object: the struct app of an Application: made of the object, brought up to date with it, and
 * freed with all that the stages keep in it.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_APP_OBJECT_H
#define GITOPSD_DAEMON_APP_OBJECT_H

#include "daemon/app/app.h"

/* `application` is the whole object. Takes nothing. */
struct app *app_new(struct daemon *d, const char *control_namespace, const json_t *application,
                    bool from_file);
void app_free(struct app *app);
/* A new version of the object arrived. True when the spec changed in a way that matters. */
bool app_update(struct app *app, const json_t *application);

#endif
