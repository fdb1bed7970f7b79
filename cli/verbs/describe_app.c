/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/describe_app.h"

#include "cli/verbs/app_facts.h"
#include "cli/verbs/print.h"
#include "daemon/object/identity.h"
#include "lib/base/time.h"

#define LABEL_WIDTH 13
#define HISTORY_SHOWN 5

void describe_title(struct buf *out, const char *fmt, ...)
{
    cleanup_free char *title = NULL;
    va_list ap;

    va_start(ap, fmt);
    title = xvasprintf(fmt, ap);
    va_end(ap);
    buf_printf(out, "\n%s%s%s\n", term_on(TINT_STRONG), title, term_off(TINT_STRONG));
}

void describe_lines(struct buf *out, const char *indent, const char *text)
{
    while (*text) {
        int len = (int)strcspn(text, "\n");

        buf_printf(out, "%s%.*s\n", indent, len, text);
        text += len + (text[len] == '\n');
    }
}

char *describe_ago(const char *rfc3339, int64_t now_ms)
{
    cleanup_error struct error *ignored = NULL;
    cleanup_free char *age = NULL;
    int64_t at;

    if (time_parse_rfc3339(rfc3339, &at, &ignored) < 0)
        return xstrdup("");
    age = print_age_between(at, now_ms);
    return xasprintf("%s ago", age);
}

/* ---- the head ---- */

static void field(struct buf *out, const char *label, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void field(struct buf *out, const char *label, const char *fmt, ...)
{
    cleanup_free char *value = NULL;
    va_list ap;

    va_start(ap, fmt);
    value = xvasprintf(fmt, ap);
    va_end(ap);
    if (*value)
        buf_printf(out, "%s%-*s%s%s\n", term_on(TINT_DIM), LABEL_WIDTH, label, term_off(TINT_DIM),
                   value);
}

static void put_source(const json_t *source, const char *type, const char *label, struct buf *out)
{
    const char *path = object_string(source, "path");
    const char *revision = object_string(source, "targetRevision");
    const char *ref = object_string(source, "ref");
    cleanup_free char *repository = app_shown_url(object_string(source, "repoURL"));

    field(out, label, "%s", *repository ? repository : "none");
    if (!*repository)
        return;
    field(out, "", "%s%s%s%s%s%s%s%s", *revision ? revision : "HEAD", *path ? ", path " : "", path,
          *type ? ", " : "", type, *ref ? ", for $" : "", ref, "");
}

static void put_sources(const json_t *app, struct buf *out)
{
    const json_t *spec = json_object_get(app, "spec");
    const json_t *status = json_object_get(app, "status");
    const json_t *sources = json_object_get(spec, "sources");
    const json_t *types = json_object_get(status, "sourceTypes");
    const json_t *source;
    size_t i;

    if (!json_array_size(sources)) {
        put_source(json_object_get(spec, "source"), object_string(status, "sourceType"), "Source",
                   out);
        return;
    }
    json_array_foreach (sources, i, source) {
        cleanup_free char *label = xasprintf("Source %zu", i + 1);
        const char *type = json_string_value(json_array_get(types, i));

        put_source(source, type ? type : "", label, out);
    }
}

static void put_destination(const json_t *spec, struct buf *out)
{
    const json_t *destination = json_object_get(spec, "destination");
    const char *server = object_string(destination, "server");
    const char *name = object_string(destination, "name");
    const char *namespace = object_string(destination, "namespace");

    if (streq(server, "https://kubernetes.default.svc") || streq(name, "in-cluster"))
        name = "this cluster";
    field(out, "Destination", "%s%s%s", *name ? name : server, *namespace ? ", namespace " : "",
          namespace);
}

static void put_policy(const json_t *spec, struct buf *out)
{
    const json_t *policy = json_object_get(spec, "syncPolicy");
    const json_t *automated = json_object_get(policy, "automated");
    bool is_automated = json_is_object(automated);
    bool is_suspended = json_is_false(json_object_get(automated, "enabled"));
    cleanup_buf struct buf text = BUF_UNLIMITED;
    const json_t *option;
    size_t i;

    buf_puts(&text, is_suspended   ? "suspended ('gitopsctl resume' ends that), automated"
                    : is_automated ? "automated"
                                   : "by hand");
    if (is_automated && json_is_true(json_object_get(automated, "prune")))
        buf_puts(&text, ", prune");
    if (is_automated && json_is_true(json_object_get(automated, "selfHeal")))
        buf_puts(&text, ", self-heal");
    json_array_foreach (json_object_get(policy, "syncOptions"), i, option)
        if (json_is_string(option))
            buf_printf(&text, ", %s", json_string_value(option));
    field(out, "Sync policy", "%s", text.data);
}

static void put_state(const json_t *app, int64_t now_ms, struct buf *out)
{
    const json_t *status = json_object_get(app, "status");
    const json_t *health = json_object_get(status, "health");
    const char *sync = app_sync(app);
    cleanup_free char *revision = app_revision(app);
    cleanup_free char *ago = describe_ago(object_string(status, "reconciledAt"), now_ms);
    cleanup_free char *since = describe_ago(object_string(health, "lastTransitionTime"), now_ms);

    if (!*sync) {
        field(out, "Status", "%s", "none yet: no gitopsd serves it, or it was just created");
        return;
    }
    field(out, "Sync", "%s%s%s%s%s%s%s", term_on(tint_of_state(sync)), sync,
          term_off(tint_of_state(sync)), *revision ? " at " : "", revision,
          *ago ? ", compared " : "", ago);
    field(out, "Health", "%s%s%s%s%s%s%s", term_on(tint_of_state(app_health(app))), app_health(app),
          term_off(tint_of_state(app_health(app))), *since ? ", since " : "", since,
          *object_string(health, "message") ? ": " : "", object_string(health, "message"));
}

static void put_list(const json_t *list, const char *label, struct buf *out)
{
    const json_t *item;
    size_t i;

    json_array_foreach (list, i, item)
        if (json_is_string(item))
            field(out, i ? "" : label, "%s", json_string_value(item));
}

static void put_labels(const json_t *app, struct buf *out)
{
    json_t *labels = json_object_get(json_object_get(app, "metadata"), "labels");
    const char *name = "Labels";
    const char *key;
    json_t *value;

    json_object_foreach (labels, key, value) {
        if (json_is_string(value))
            field(out, name, "%s=%s", key, json_string_value(value));
        name = "";
    }
}

void describe_app(const json_t *app, const json_t *project, int64_t now_ms, struct buf *out)
{
    const json_t *spec = json_object_get(app, "spec");
    const json_t *summary = json_object_get(json_object_get(app, "status"), "summary");
    cleanup_free char *age = describe_ago(object_meta_string(app, "creationTimestamp"), now_ms);
    cleanup_free char *going = describe_ago(object_meta_string(app, "deletionTimestamp"), now_ms);

    field(out, "Application", "%s/%s%s%s", object_meta_string(app, "namespace"),
          object_meta_string(app, "name"), *age ? ", created " : "", age);
    if (*going)
        field(out, "Deletion", "asked for %s", going);
    put_labels(app, out);
    field(out, "Project", "%s", object_string(spec, "project"));
    put_sources(app, out);
    put_destination(spec, out);
    put_policy(spec, out);
    put_state(app, now_ms, out);
    put_list(json_object_get(summary, "images"), "Images", out);
    put_list(json_object_get(summary, "externalURLs"), "Addresses", out);
    describe_conditions(app, now_ms, out);
    describe_operation(app, now_ms, out);
    describe_resources(app, out);
    describe_windows(app, project, now_ms, out);
    describe_history(app, HISTORY_SHOWN, now_ms, out);
}
