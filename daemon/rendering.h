/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rendering: from the sources of one application, at the commits that it follows, to what it
 * desires (render.h does the work). What comes out is a fact that schedules the application:
 * app->rendered and app->desired, or app->broken and app->render_error.
 * Thread: the loop thread.
 */
#ifndef GITOPSD_DAEMON_RENDERING_H
#define GITOPSD_DAEMON_RENDERING_H

#include "daemon/daemon.h"

void rendering_start(struct daemon *d, struct app *app);
/* Is what it desires that of its target, as it is to be rendered now? */
bool rendering_is_done(const struct daemon *d, const struct app *app);
/* Has just that been tried, in vain? */
bool rendering_has_failed(const struct daemon *d, const struct app *app);

#endif
