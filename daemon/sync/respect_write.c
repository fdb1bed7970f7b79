/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sync/respect_write.h"

#include "daemon/object/identity.h"
#include "daemon/sync/respect.h"
#include "lib/doc/yaml.h"

#define ATTEMPTS 5

/* look -> (paths of the desired side -> paths of the live side ->) apply -> done; a conflict: look
 */
struct respect_write {
    struct respect_spec spec;
    char *namespace, *name;
    json_t *desired;
    char *body; /* what is applied where no ignored place is concerned */
    struct strvec expressions;
    json_t *live;          /* while jq is asked */
    json_t *desired_paths; /* likewise */
    uint64_t desired_hash;
    unsigned attempts;
    bool canceled;
    kube_done_fn *done;
    void *arg;
};

bool respect_is_needed(const struct ignore_rules *rules, const struct desired *desired,
                       bool implied_only)
{
    return implied_only ? ignore_rules_imply(rules, desired->group, desired->kind,
                                             desired->namespace, desired->name)
                        : ignore_rules_match(rules, desired->group, desired->kind,
                                             desired->namespace, desired->name);
}

static void finish(struct respect_write *w, const json_t *answer, const struct error *err)
{
    w->done(w->arg, answer, err);
    ignore_rules_unref(w->spec.rules);
    kube_discovery_unref(w->spec.discovery);
    strvec_clear(&w->expressions);
    json_decref(w->desired);
    json_decref(w->live);
    json_decref(w->desired_paths);
    free(w->namespace);
    free(w->name);
    free(w->body);
    free(w);
}

static bool ended_early(struct respect_write *w)
{
    cleanup_error struct error *err = NULL;

    if (!w->canceled)
        return false;
    error_set(&err, ERROR_CANCELED, "canceled");
    finish(w, NULL, err);
    return true;
}

static void look(struct respect_write *w);

static void on_applied(void *arg, const json_t *answer, const struct error *err)
{
    struct respect_write *w = arg;

    if (err && error_kind(err) == ERROR_CONFLICT && ++w->attempts < ATTEMPTS && !w->canceled)
        look(w);
    else
        finish(w, answer, err);
}

static void put(struct respect_write *w, const char *body)
{
    kube_apply(w->spec.client, w->spec.resource, w->namespace, w->name, body, strlen(body),
               w->spec.options, on_applied, w);
}

static void apply(struct respect_write *w, const json_t *live, const json_t *live_paths)
{
    cleanup_ignored struct ignored *places = ignored_new();
    cleanup_json json_t *changed = NULL;
    cleanup_free char *body = NULL;

    if (w->spec.implied_only)
        ignore_rules_apply_implied(w->spec.rules, w->desired, live, places);
    else
        ignore_rules_apply(w->spec.rules, w->desired, live, w->desired_paths, live_paths, places);
    changed = respect_build(w->desired, live, places);
    body = changed ? json_dumps(changed, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    put(w, body ? body : w->body);
}

static void on_live_paths(void *arg, const json_t *paths)
{
    struct respect_write *w = arg;
    cleanup_json json_t *live = TAKE(w->live);

    w->canceled |= !paths;
    if (!ended_early(w))
        apply(w, live, paths);
}

static void on_desired_paths(void *arg, const json_t *paths)
{
    struct respect_write *w = arg;

    w->canceled |= !paths;
    if (ended_early(w))
        return;
    json_decref(w->desired_paths);
    w->desired_paths = json_incref((json_t *)paths);
    jq_worker_paths(w->spec.jq, &w->expressions, w->live, 0, on_live_paths, w);
}

static void on_seen(void *arg, const json_t *live, const struct error *err)
{
    struct respect_write *w = arg;

    if (ended_early(w))
        return;
    if (err && error_kind(err) == ERROR_NOT_FOUND) {
        put(w, w->body);
    } else if (err) {
        finish(w, NULL, err);
    } else if (w->expressions.len) {
        w->live = json_incref((json_t *)live);
        jq_worker_paths(w->spec.jq, &w->expressions, w->desired, w->desired_hash, on_desired_paths,
                        w);
    } else {
        apply(w, live, NULL);
    }
}

static void look(struct respect_write *w)
{
    kube_get(w->spec.client, w->spec.resource, w->namespace, w->name, on_seen, w);
}

struct respect_write *respect_write_start(const struct respect_spec *spec, kube_done_fn *done,
                                          void *arg)
{
    struct respect_write *w = xcalloc(1, sizeof(*w));
    const struct desired *d = spec->desired;

    w->spec = *spec;
    w->spec.desired = NULL; /* it may go before we do */
    w->spec.rules = ignore_rules_ref(spec->rules);
    w->spec.discovery = kube_discovery_ref(spec->discovery);
    w->namespace = xstrdup(d->namespace);
    w->name = xstrdup(d->name);
    w->body = xstrndup(d->body, d->body_len);
    w->desired = json_loadb(d->body, d->body_len, JSON_ALLOW_NUL, NULL);
    w->desired_hash = d->hash;
    w->done = done;
    w->arg = arg;
    if (!spec->implied_only)
        ignore_rules_expressions(spec->rules, d->group, d->kind, d->namespace, d->name,
                                 &w->expressions);
    look(w);
    return w;
}

void respect_write_cancel(struct respect_write *w)
{
    w->canceled = true;
}
