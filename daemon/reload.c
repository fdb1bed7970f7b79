/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/reload.h"

#include "daemon/catalog.h"
#include "daemon/inventory.h"
#include "daemon/options/options.h"
#include "daemon/service.h"
#include "daemon/source/remote_file.h"
#include "daemon/source/source.h"
#include "daemon/sync/run.h"
#include "lib/base/log.h"

static char *joined(const struct strvec *names)
{
    char *text = xstrdup("");

    for (size_t i = 0; i < names->len; i++) {
        char *more = xasprintf("%s%s%s", text, i ? ", " : "", names->items[i]);

        free(text);
        text = more;
    }
    return text;
}

/* What has a copy of an option gets the new one. */
static void hand_out(struct daemon *d)
{
    const struct options *o = d->options;

    log_configure(o->log_level, o->log_format, 2);
    source_set_retime(d->sources, o->poll_ms, o->git_timeout_ms);
    remote_file_set_retime(d->remote_files, o->poll_ms, o->git_timeout_ms);
    syncer_set_timeout(d->syncer, o->sync_timeout_ms);
}

static void reload_options(struct daemon *d)
{
    cleanup_error struct error *err = NULL;
    cleanup_strvec struct strvec changed = {0};
    cleanup_strvec struct strvec kept = {0};
    cleanup_free char *changed_text = NULL;
    cleanup_free char *kept_text = NULL;
    struct options now;

    if (options_parse(d->options->argc, d->options->argv, &now, &err) < 0) {
        log_event(LOG_ERROR, "configuration not reloaded; the former one stays", "error",
                  error_message(err), NULL);
        options_clear(&now);
        return;
    }
    options_reload(d->options, &now, &changed, &kept);
    options_clear(&now);
    changed_text = joined(&changed);
    kept_text = joined(&kept);
    if (changed.len)
        log_event(LOG_INFO, "configuration reloaded", "changed", changed_text, NULL);
    if (kept.len)
        log_event(LOG_WARN, "changed settings that need a restart stay as they were", "settings",
                  kept_text, NULL);
    hand_out(d);
}

static void reload_files(struct daemon *d)
{
    cleanup_error struct error *err = NULL;

    if (!d->options->apps.len)
        return;
    if (catalog_load_files(d->catalog, &d->options->apps, &err) < 0)
        log_event(LOG_ERROR, "files not reloaded; the former applications stay", "error",
                  error_message(err), NULL);
    else
        log_event(LOG_INFO, "files reloaded", NULL);
    if (!err && d->settings && !d->inventory)
        inventory_start(d); /* what new ones of them owned before */
}

void reload(struct daemon *d)
{
    service_reloading(d->service);
    reload_options(d);
    reload_files(d);
    service_ready(d->service);
}
