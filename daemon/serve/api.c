/* SPDX-License-Identifier: Apache-2.0 */
/* api: what gitopsd tells over HTTP: health, metrics, and where each application stands. */
#include "daemon/serve/api.h"

#include "daemon/leader.h"
#include "daemon/options/options.h"
#include "daemon/progress.h"
#include "daemon/serve/application.h"
#include "daemon/serve/measures.h"
#include "daemon/serve/server.h"
#include "daemon/status/status.h"
#include "lib/doc/patch.h"
#include "lib/doc/yaml.h"
#include "lib/git/git.h"

static void on_healthz(void *arg, const struct serve_request *request,
                       struct serve_response *response)
{
    const char *problem = progress_problem(((struct daemon *)arg)->progress);

    (void)request; /* that there is an answer tells that the loop turns */
    if (*problem)
        response->status = 503;
    buf_printf(&response->body, "%s\n", *problem ? problem : "ok");
}

/* What it still waits for; NULL: it is ready. Heap string. A kind that comes later, or an API
 * server that goes, makes nothing unready. */
static char *awaited(struct daemon *d)
{
    const char *kind;

    if (leader_problem(d->leader))
        return xasprintf("the lease cannot be taken: %s", leader_problem(d->leader));
    if (!d->discovery)
        return xstrdup("waiting for the API server");
    if (!d->catalog_complete)
        return xstrdup("waiting for the list of Applications");
    kind = d->caches_synced ? NULL : observer_unlisted(d->observer);
    d->caches_synced = !kind;
    return kind ? xasprintf("waiting for the first list of %s", *kind == '/' ? kind + 1 : kind)
                : NULL;
}

static void on_readyz(void *arg, const struct serve_request *request,
                      struct serve_response *response)
{
    cleanup_free char *text = awaited(arg);

    (void)request;
    if (text)
        response->status = 503;
    buf_printf(&response->body, "%s\n", text ? text : "ok");
}

/* Whoever may ask here need not be one who may read the Application: of the passwords that a URL
 * can hold nothing is told. Shares what is as it was; new reference. */
static json_t *without_passwords(json_t *value)
{
    json_t *copy, *child;
    const char *key;
    size_t i;

    if (json_is_array(value)) {
        copy = json_array();
        json_array_foreach (value, i, child)
            json_array_append_new(copy, without_passwords(child));
        return copy;
    }
    if (!json_is_object(value))
        return json_incref(value);
    copy = json_object();
    json_object_foreach (value, key, child) {
        const char *text = json_string_value(child);

        if (streq(key, "repoURL") && text && git_url_may_hold_password(text)) {
            cleanup_free char *shown = git_url_shown(text);
            json_object_set_new(copy, key, json_string(shown));
        } else if (streq(key, "resources")) {
            json_object_set(copy, key, child); /* many, and without URLs */
        } else {
            json_object_set_new(copy, key, without_passwords(child));
        }
    }
    return copy;
}

static void on_applications(void *arg, const struct serve_request *request,
                            struct serve_response *response)
{
    const struct daemon *d = arg;
    cleanup_json json_t *list = json_pack("{s:[]}", "items");
    cleanup_free char *text = NULL;
    struct map_entry *e;
    size_t it = 0;

    (void)request;
    while ((e = map_next(&d->apps, &it))) {
        const struct app *app = e->value;
        cleanup_json json_t *patch = status_build(app, d->observer);
        json_t *status = json_object();
        json_t *item = json_pack("{s:{s:s, s:s}, s:s}", "metadata", "namespace", app->namespace,
                                 "name", app->name, "state", app_state_name(app->state));

        merge_patch_apply(&status, patch); /* as it is in the cluster: without the nulls */
        json_object_set_new(item, "status", without_passwords(status));
        json_decref(status);
        json_array_append_new(json_object_get(list, "items"), item);
    }
    text = json_dumps(list, JSON_INDENT(2));
    response->content_type = "application/json";
    buf_puts(&response->body, text);
    buf_putc(&response->body, '\n');
}

int daemon_serve(struct daemon *d, struct error **err)
{
    if (serve_start(d->loop, d->options->listen, &d->server, err) < 0)
        return -1;
    serve_route(d->server, "GET", "/healthz", on_healthz, d);
    serve_route(d->server, "GET", "/readyz", on_readyz, d);
    serve_route(d->server, "GET", "/metrics", measures_serve, d);
    serve_route(d->server, "GET", "/api/v1/applications", on_applications, d);
    serve_route(d->server, "GET", SERVE_APPLICATION_PATH "*", serve_application, d);
    return 0;
}
