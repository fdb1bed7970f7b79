/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/duty.h"

#include "daemon/schedule.h"
#include "daemon/status/status.h"
#include "daemon/sync/run.h"
#include "lib/base/log.h"
#include "lib/kube/client.h"

void duty_act(struct daemon *d)
{
    if (d->duty != DUTY_TAKING_OVER)
        return;
    d->duty = DUTY_ACTING;
    log_event(LOG_INFO, "acting", NULL);
    status_writer_set_paused(d->status, false);
}

void duty_stand_by(struct daemon *d)
{
    struct map_entry *e;
    size_t it = 0;

    d->duty = DUTY_STANDBY;
    status_writer_set_paused(d->status, true);
    kube_client_cancel_writes(d->client);
    while ((e = map_next(&d->apps, &it))) {
        struct app *app = e->value;

        if (app->run)
            sync_run_cancel(app->run);
    }
    schedule_all(d);
}
