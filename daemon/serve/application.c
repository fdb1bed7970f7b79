/* SPDX-License-Identifier: Apache-2.0 */
/* application: what is told about one application: /api/v1/applications/NAMESPACE/NAME/WHAT. */
#include "daemon/serve/application.h"

#include "daemon/diff.h"
#include "daemon/plan_options.h"
#include "daemon/sync/plan_print.h"
#include "daemon/tree.h"
#include "daemon/wants.h"
#include "lib/doc/yaml.h"

/* ---- diff ---- */

struct diff_answer {
    struct serve_later *later;
    bool as_text;
};

static void put_texts(const json_t *objects, struct buf *out)
{
    size_t i;
    json_t *object;

    json_array_foreach ((json_t *)objects, i, object) {
        const char *failure = json_string_value(json_object_get(object, "error"));
        const char *unified = json_string_value(json_object_get(object, "unified"));

        if (failure)
            buf_printf(out, "# %s %s/%s: %s\n", json_string_value(json_object_get(object, "kind")),
                       json_string_value(json_object_get(object, "namespace")),
                       json_string_value(json_object_get(object, "name")), failure);
        buf_puts(out, unified ? unified : "");
    }
}

static void on_diff(void *arg, const json_t *objects)
{
    struct diff_answer *answer = arg;
    struct serve_response *response = serve_later_response(answer->later);
    cleanup_free char *text = NULL;

    if (answer->as_text) {
        put_texts(objects, &response->body);
    } else {
        cleanup_json json_t *list = json_pack("{s:O}", "objects", objects);

        response->content_type = "application/json";
        text = json_dumps(list, JSON_INDENT(2));
        buf_printf(&response->body, "%s\n", text);
    }
    serve_answer(answer->later);
    free(answer);
}

static void diff(struct daemon *d, const struct app *app, const struct serve_request *request,
                 struct serve_response *response)
{
    struct diff_answer *answer = xcalloc(1, sizeof(*answer));

    (void)response;
    answer->later = serve_later(request);
    answer->as_text = streq(serve_request_query(request, "format"), "unified");
    diff_start(d, app, on_diff, answer);
}

/* ---- tree ---- */

static void on_tree(void *arg, const json_t *nodes)
{
    struct serve_later *later = arg;
    struct serve_response *response = serve_later_response(later);
    cleanup_free char *text = json_dumps(nodes, JSON_INDENT(2));

    response->content_type = "application/json";
    buf_printf(&response->body, "%s\n", text);
    serve_answer(later);
}

static void tree(struct daemon *d, const struct app *app, const struct serve_request *request,
                 struct serve_response *response)
{
    (void)response;
    tree_start(d, app, on_tree, serve_later(request));
}

/* ---- plan ---- */

static void plan(struct daemon *d, const struct app *app, const struct serve_request *request,
                 struct serve_response *response)
{
    cleanup_json json_t *asked = wants_requested(app);
    struct plan_options options;
    cleanup_json json_t *json = NULL;
    cleanup_free char *text = NULL;
    struct plan plan;

    if (!app->spec || !app->desired) {
        response->status = 409;
        buf_printf(&response->body, "%s has not been rendered: its state is %s\n", app->qualified,
                   app_state_name(app->state));
        return;
    }
    options =
        plan_options_full(d, app, asked, streq(serve_request_query(request, "prune"), "true"));
    plan_build(&plan, app, d->observer, &options);
    json = plan_json(&plan, app, d->observer);
    plan_clear(&plan);
    if (streq(serve_request_query(request, "format"), "text")) {
        plan_text(json, &response->body);
        return;
    }
    response->content_type = "application/json";
    text = json_dumps(json, JSON_INDENT(2));
    buf_printf(&response->body, "%s\n", text);
}

/* ---- the route ---- */

static const struct {
    const char *what;
    void (*serve)(struct daemon *d, const struct app *app, const struct serve_request *request,
                  struct serve_response *response);
} parts[] = {
    {"diff", diff},
    {"plan", plan},
    {"tree", tree},
};

void serve_application(void *arg, const struct serve_request *request,
                       struct serve_response *response)
{
    struct daemon *d = arg;
    const char *path = serve_request_path(request) + strlen(SERVE_APPLICATION_PATH);
    const char *slash = strrchr(path, '/');
    cleanup_free char *key = xstrndup(path, slash ? (size_t)(slash - path) : 0);
    const struct app *app = map_find(&d->apps, key);

    for (size_t i = 0; app && d->settings && i < ARRAY_LEN(parts); i++)
        if (streq(parts[i].what, slash + 1)) {
            parts[i].serve(d, app, request, response);
            return;
        }
    response->status = 404;
    buf_puts(&response->body, app ? "not found\n"
                                  : "no such application; the path is "
                                    "/api/v1/applications/NAMESPACE/NAME/WHAT\n");
}
