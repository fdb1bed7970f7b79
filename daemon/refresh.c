/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/refresh.h"

#include "daemon/app/app.h"
#include "daemon/app/revision.h"
#include "daemon/compare/judge.h"
#include "daemon/follow.h"
#include "daemon/observe/observe.h"
#include "daemon/render/render.h"
#include "daemon/source/remotes.h"
#include "lib/base/log.h"

static void forget_all(struct daemon *d, struct app *app)
{
    render_record_free(TAKE(app->record));
    revision_set(&app->rendered, "");
    revision_set(&app->broken, "");
    judge_forget(d->judge);
    observer_doubt(d->observer, app);
}

void refresh_begin(struct daemon *d, struct app *app)
{
    if (app->refresh != REFRESH_ASKED || (app->refresh_hard && (app->run || app->render_running)))
        return;
    app->refresh = REFRESH_RUNS;
    app->retry_at_ms = 0;
    log_event(LOG_INFO, "refresh", "app", app->qualified, "type",
              app->refresh_hard ? "hard" : "normal", NULL);
    if (follow_is_on(app))
        follow_poll_now(app);
    remotes_poll_now(app->remotes);
    if (app->refresh_hard)
        forget_all(d, app);
}

void refresh_end(struct app *app)
{
    if (app->refresh == REFRESH_RUNS && !app->fetching && !follow_is_polling(app))
        app->refresh = REFRESH_OVER;
}
