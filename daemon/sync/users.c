/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sync/users.h"

#include "daemon/object/identity.h"
#include "lib/doc/yaml.h"

static const char *const kinds[] = {"ReplicaSet", "Pod"};

struct search {
    struct kube_client *client;
    char *ns;
    char *name;
    size_t place;
    users_done_fn *done;
    void *arg;
};

static bool mentions(const json_t *value, const char *name)
{
    const char *key;
    json_t *item;
    size_t i;

    switch (json_typeof(value)) {
    case JSON_STRING: return streq(json_string_value(value), name);
    case JSON_ARRAY:
        json_array_foreach ((json_t *)value, i, item)
            if (mentions(item, name))
                return true;
        return false;
    case JSON_OBJECT:
        json_object_foreach ((json_t *)value, key, item)
            if (mentions(item, name))
                return true;
        return false;
    default: return false;
    }
}

/* An old ReplicaSet stays with no Pods, as long as a rollout may be undone. */
static bool is_live(const json_t *object, bool is_pod)
{
    const json_t *status = json_object_get(object, "status");
    const char *phase = object_string(status, "phase");
    const json_t *spec = json_object_get(object, "spec");

    if (is_pod)
        return !streq(phase, "Succeeded") && !streq(phase, "Failed");
    return json_integer_value(json_object_get(spec, "replicas")) > 0 ||
           json_integer_value(json_object_get(status, "replicas")) > 0;
}

static void search_end(struct search *s, const char *user, const struct error *err)
{
    s->done(s->arg, user, err);
    free(s->ns);
    free(s->name);
    free(s);
}

static void search_next(struct search *s);

static void on_listed(void *arg, const json_t *answer, const struct error *err)
{
    struct search *s = arg;
    cleanup_free char *user = NULL;
    json_t *item;
    size_t i;

    if (err && error_is_transient(err)) {
        search_end(s, NULL, err);
        return;
    }
    json_array_foreach (json_object_get(answer, "items"), i, item) {
        if (!is_live(item, s->place == 1) || !mentions(json_object_get(item, "spec"), s->name))
            continue;
        user = xasprintf("%s %s", kinds[s->place], object_meta_string(item, "name"));
        search_end(s, user, NULL);
        return;
    }
    if (++s->place < ARRAY_LEN(kinds))
        search_next(s);
    else
        search_end(s, NULL, NULL);
}

static void search_next(struct search *s)
{
    cleanup_free char *path = xasprintf(
        s->place ? "/api/v1/namespaces/%s/pods" : "/apis/apps/v1/namespaces/%s/replicasets", s->ns);
    struct kube_call_spec spec = {.method = "GET", .path = path};

    kube_call_start(s->client, &spec, on_listed, s);
}

void users_find(struct kube_client *client, const char *ns, const char *name, users_done_fn *done,
                void *arg)
{
    struct search *s = xcalloc(1, sizeof(*s));

    *s = (struct search){
        .client = client, .ns = xstrdup(ns), .name = xstrdup(name), .done = done, .arg = arg};
    search_next(s);
}
