/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/diff_ignore.h"

#include "daemon/compare/ignore.h"
#include "lib/doc/yaml.h"

struct diff_ignore {
    struct cluster *cluster;
    struct ignore_rules *rules;
    struct jq_worker *jq; /* NULL: no rule needed it so far */
};

struct diff_ignore *diff_ignore_new(struct cluster *c, const json_t *app,
                                    const struct settings *settings, const struct desired_set *set)
{
    const json_t *declared = json_object_get(json_object_get(app, "spec"), "ignoreDifferences");
    struct diff_ignore *x = xcalloc(1, sizeof(*x));

    x->cluster = c;
    x->rules = ignore_rules_new(declared, settings->ignore_differences, set);
    return x;
}

void diff_ignore_free(struct diff_ignore *x)
{
    if (!x)
        return;
    jq_worker_free(x->jq);
    ignore_rules_unref(x->rules);
    free(x);
}

/* ---- jq ---- */

struct answer {
    json_t *paths;
    bool is_done;
};

static void on_paths(void *arg, const json_t *paths)
{
    struct answer *a = arg;

    a->paths = json_incref((json_t *)paths);
    a->is_done = true;
}

static json_t *paths_in(struct diff_ignore *x, const struct strvec *expressions, const json_t *doc)
{
    struct answer a = {0};

    if (!x->jq)
        x->jq = jq_worker_new(&x->cluster->loop, NULL, NULL, NULL);
    jq_worker_paths(x->jq, expressions, doc, 0, on_paths, &a);
    cluster_wait(x->cluster, &a.is_done);
    return a.paths;
}

/* ---- documents ---- */

static json_t *without(const json_t *doc, const struct ignored *set)
{
    json_t *copy;
    const char *name;
    json_t *value;
    size_t i;

    if (json_is_object(doc)) {
        copy = json_object();
        json_object_foreach ((json_t *)doc, name, value)
            if (!ignored_has_field(set, doc, name))
                json_object_set_new(copy, name, without(value, set));
        return copy;
    }
    if (json_is_array(doc)) {
        copy = json_array();
        json_array_foreach (doc, i, value)
            if (!ignored_has_item(set, doc, i))
                json_array_append_new(copy, without(value, set));
        return copy;
    }
    return json_deep_copy(doc);
}

void diff_ignore_apply(struct diff_ignore *x, const struct desired *d, const json_t *live,
                       const json_t *after, json_t **from, json_t **to)
{
    cleanup_ignored struct ignored *set = ignored_new();
    cleanup_strvec struct strvec expressions = {0};
    cleanup_json json_t *after_paths = NULL;
    cleanup_json json_t *live_paths = NULL;

    if (live && after && ignore_rules_match(x->rules, d->group, d->kind, d->namespace, d->name)) {
        if (ignore_rules_need_jq(x->rules, d->group, d->kind, d->namespace, d->name)) {
            ignore_rules_expressions(x->rules, d->group, d->kind, d->namespace, d->name,
                                     &expressions);
            after_paths = paths_in(x, &expressions, after);
            live_paths = paths_in(x, &expressions, live);
        }
        ignore_rules_apply(x->rules, after, live, after_paths, live_paths, set);
    }
    *from = live ? without(live, set) : NULL;
    *to = after ? without(after, set) : NULL;
}

void diff_ignore_report(struct diff_ignore *x, struct strvec *notes)
{
    char *problem = ignore_rules_report(x->rules, x->jq);

    if (problem)
        strvec_take(notes, problem);
}
