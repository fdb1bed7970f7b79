/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/diff_live.h"

#include "cli/verbs/batch.h"
#include "cli/verbs/diff_ignore.h"
#include "cli/verbs/progress.h"
#include "daemon/object/identity.h"
#include "daemon/object/redact.h"
#include "daemon/render/desired.h"
#include "lib/doc/yaml.h"
#include "lib/kube/resource.h"

struct live {
    struct cluster *cluster;
    const struct diff_target *target;
    struct diff_result *result;
    struct kube_discovery *discovery;
    struct desired_set *set;
    struct batch gets;    /* one for each desired object; kinds that are not served have none */
    struct batch applies; /* likewise */
    struct diff_ignore *ignore;
};

static const struct kube_resource *resource_of(const struct live *l, const struct desired *d)
{
    return kube_discovery_find(l->discovery, d->group, d->version, d->kind);
}

/* ---- what is asked ---- */

static void untrack(json_t *object)
{
    json_t *metadata = json_object_get(object, "metadata");
    json_t *annotations = json_object_get(metadata, "annotations");

    json_object_del(annotations, TRACKING_ANNOTATION);
    json_object_del(annotations, INSTALLATION_ANNOTATION);
    if (annotations && json_object_size(annotations) == 0)
        json_object_del(metadata, "annotations");
}

static json_t *body_of(const struct live *l, const struct desired *d)
{
    json_t *body = json_loadb(d->body, d->body_len, JSON_ALLOW_NUL, NULL);

    if (!l->target->app)
        untrack(body);
    return body;
}

static char *apply_path(const struct kube_resource *r, const struct desired *d)
{
    cleanup_free char *path = kube_resource_path(r, d->namespace, d->name);
    struct buf url = BUF_UNLIMITED;

    buf_puts(&url, path);
    url_put_query(&url, "fieldManager", FIELD_MANAGER);
    url_put_query(&url, "force", "true");
    url_put_query(&url, "dryRun", "All");
    url_put_query(&url, "fieldValidation", "Strict");
    return buf_take(&url);
}

static void ask(struct live *l, const struct desired *d)
{
    const struct kube_resource *r = resource_of(l, d);
    cleanup_json json_t *body = NULL;
    struct batch_request *apply;

    if (!r)
        return;
    body = body_of(l, d);
    batch_add(&l->gets, kube_resource_path(r, d->namespace, d->name));
    apply = batch_add(&l->applies, apply_path(r, d));
    apply->method = "PATCH";
    apply->content_type = "application/apply-patch+yaml";
    apply->body = json_dumps(body, JSON_COMPACT);
}

/* ---- what is answered ---- */

static void fail(struct live *l, const char *title, const struct error *err, const json_t *secret)
{
    cleanup_free char *text = redact_secret(error_message(err), secret);

    strvec_pushf(&l->result->errors, "%s: %s", title, text);
}

static bool is_absent(const struct batch_request *get)
{
    return get && get->err && error_kind(get->err) == ERROR_NOT_FOUND;
}

static void compare(struct live *l, const struct desired *d, const struct batch_request *get,
                    const struct batch_request *apply)
{
    cleanup_free char *title = diff_title(d->group, d->kind, d->namespace, d->name);
    cleanup_json json_t *body = body_of(l, d);
    bool is_secret = streq(d->kind, "Secret") && !*d->group;
    const json_t *after = apply ? apply->answer : body;
    cleanup_json json_t *from = NULL;
    cleanup_json json_t *to = NULL;

    if (get && get->err && !is_absent(get)) {
        fail(l, title, get->err, NULL);
        return;
    }
    /* Its namespace may be one that the sync creates. */
    if (apply && apply->err && !(is_absent(get) && error_kind(apply->err) == ERROR_NOT_FOUND)) {
        fail(l, title, apply->err, is_secret ? body : NULL);
        return;
    }
    if (is_absent(get)) /* what it is in Git; all defaults of a new object say little */
        after = body;
    diff_ignore_apply(l->ignore, d, get ? get->answer : NULL, after, &from, &to);
    if (!l->target->app) {
        untrack(from);
        untrack(to);
    }
    diff_add(l->result, title, from, to);
}

static void compare_desired(struct live *l)
{
    size_t asked = 0;

    for (size_t i = 0; i < l->set->len; i++) {
        const struct desired *d = &l->set->items[i];
        bool is_served = resource_of(l, d) != NULL;

        compare(l, d, is_served ? &l->gets.items[asked] : NULL,
                is_served ? &l->applies.items[asked] : NULL);
        asked += is_served;
    }
}

/* ---- what is no longer wanted ---- */

static bool is_wanted(const struct live *l, const json_t *entry)
{
    cleanup_free char *key =
        object_key(object_string(entry, "group"), object_string(entry, "kind"),
                   object_string(entry, "namespace"), object_string(entry, "name"));

    for (size_t i = 0; i < l->set->len; i++)
        if (streq(l->set->items[i].key, key))
            return true;
    return desired_set_has_aside(l->set, key) || json_is_true(json_object_get(entry, "hook"));
}

static void compare_extra(struct live *l)
{
    const json_t *status = json_object_get(l->target->app, "status");
    cleanup_batch struct batch gets = {0};
    const json_t *entry;
    size_t i;

    json_array_foreach (json_object_get(status, "resources"), i, entry) {
        const struct kube_resource *r = kube_discovery_preferred(
            l->discovery, object_string(entry, "group"), object_string(entry, "kind"));

        if (r && !is_wanted(l, entry))
            batch_add(&gets, kube_resource_path(r, object_string(entry, "namespace"),
                                                object_string(entry, "name")));
    }
    batch_run(&gets, l->cluster);
    for (i = 0; i < gets.len; i++) {
        const json_t *live = gets.items[i].answer;
        cleanup_free char *owner =
            live ? tracking_instance(live, &l->target->settings->tracking) : NULL;
        cleanup_free char *group = NULL;
        cleanup_free char *version = NULL;
        cleanup_free char *title = NULL;

        if (!live || !streq(owner, l->target->instance))
            continue;
        api_version_parts(object_string(live, "apiVersion"), &group, &version);
        title = diff_title(group, object_string(live, "kind"),
                           object_meta_string(live, "namespace"), object_meta_string(live, "name"));
        diff_add(l->result, title, live, NULL);
    }
}

/* ---- all of it ---- */

static int build_set(struct live *l, json_t *objects, struct error **err)
{
    struct desired_options options = {.instance = l->target->instance,
                                      .namespace = l->target->namespace,
                                      .discovery = l->discovery,
                                      .settings = l->target->settings};

    if (desired_set_build(objects, &options, &l->set, err) < 0)
        return -1;
    for (size_t i = 0; i < l->set->warnings.len; i++)
        strvec_push(&l->result->notes, l->set->warnings.items[i]);
    for (size_t i = 0; i < l->set->excluded.len; i++)
        strvec_push(&l->result->notes, l->set->excluded.items[i]);
    if (l->set->hook_count)
        strvec_pushf(&l->result->notes, "%zu hooks run with each sync and are not compared",
                     l->set->hook_count);
    return 0;
}

static int run(struct live *l, json_t *objects, struct error **err)
{
    progress_say("asking which kinds there are");
    if (cluster_discover(l->cluster, &l->discovery, err) < 0) {
        json_decref(objects);
        return -1;
    }
    if (build_set(l, objects, err) < 0)
        return -1;
    for (size_t i = 0; i < l->set->len; i++)
        ask(l, &l->set->items[i]);
    progress_say("reading live objects");
    batch_run(&l->gets, l->cluster);
    progress_say("asking the API server what a sync would make of them");
    batch_run(&l->applies, l->cluster);
    l->ignore = diff_ignore_new(l->cluster, l->target->app, l->target->settings, l->set);
    compare_desired(l);
    if (l->target->app)
        compare_extra(l);
    diff_ignore_report(l->ignore, &l->result->notes);
    return 0;
}

int diff_live(struct cluster *c, const struct diff_target *target, json_t *objects,
              struct diff_result *r, struct error **err)
{
    struct live l = {.cluster = c, .target = target, .result = r};
    int result = run(&l, objects, err);

    diff_ignore_free(l.ignore);
    batch_clear(&l.gets);
    batch_clear(&l.applies);
    desired_set_unref(l.set);
    return result;
}
