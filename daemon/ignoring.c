/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/ignoring.h"

#include "daemon/app/app.h"
#include "daemon/compare/ignore.h"
#include "daemon/observe/observe.h"
#include "daemon/schedule.h"

bool ignoring_update(const struct daemon *d, struct app *app)
{
    return app_update_ignore(app, d->settings ? d->settings->ignore_differences : NULL);
}

void ignoring_changed(struct daemon *d)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&d->apps, &it))) {
        struct app *app = e->value;
        cleanup_ignore_rules struct ignore_rules *before = ignore_rules_ref(app->ignore);

        if (app->desired && ignoring_update(d, app))
            observer_rules_changed(d->observer, app, before);
    }
    schedule_all(d);
}
