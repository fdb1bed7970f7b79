/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/discovery.h"

#include "lib/kube/discovery_table.h"

#define ACCEPT                                                                                     \
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"                        \
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,"                   \
    "application/json"

/* The two roots, and on an old server each group version that they name. */
struct part {
    struct kube_discovery_request *request;
    struct kube_call *call; /* NULL once answered */
    void (*answered)(struct part *p, const json_t *answer, const struct error *err);
    struct group_version *slot; /* what the answer fills; NULL for a root */
};

struct kube_discovery_request {
    struct kube_client *client;
    struct group_versions core, groups; /* in the server's order of preference */
    struct ptrvec parts;
    size_t pending;
    struct error *err; /* the first failure of a root */
    kube_discovery_done_fn *done;
    void *arg;
};

static void request_free(struct kube_discovery_request *r)
{
    for (size_t i = 0; i < r->parts.len; i++)
        free(r->parts.items[i]);
    ptrvec_clear(&r->parts);
    group_versions_clear(&r->core);
    group_versions_clear(&r->groups);
    error_free(r->err);
    free(r);
}

static void request_finish(struct kube_discovery_request *r)
{
    struct kube_discovery *d = NULL;

    if (!r->err) {
        const struct group_versions *all[] = {&r->core, &r->groups};

        d = kube_discovery_new(all, ARRAY_LEN(all));
    }
    r->done(r->arg, d, r->err);
    kube_discovery_unref(d);
    request_free(r);
}

static void on_answer(void *arg, const json_t *answer, const struct error *err)
{
    struct part *p = arg;
    struct kube_discovery_request *r = p->request;

    p->call = NULL;
    p->answered(p, answer, err);
    if (--r->pending == 0)
        request_finish(r);
}

static void ask(struct kube_discovery_request *r, const char *path,
                void (*answered)(struct part *, const json_t *, const struct error *),
                struct group_version *slot)
{
    struct part *p = xcalloc(1, sizeof(*p));
    struct kube_call_spec spec = {.method = "GET", .path = path, .accept = ACCEPT};

    p->request = r;
    p->answered = answered;
    p->slot = slot;
    ptrvec_push(&r->parts, p);
    r->pending++;
    p->call = kube_call_start(r->client, &spec, on_answer, p);
}

static void fail(struct kube_discovery_request *r, const struct error *err)
{
    if (r->err)
        return;
    r->err = error_copy(err);
    error_wrap(&r->err, "discover the API");
}

/* A group version that does not answer is unknown; the others are not touched by it. */
static void on_group_version(struct part *p, const json_t *answer, const struct error *err)
{
    if (err && error_kind(err) == ERROR_CANCELED)
        fail(p->request, err);
    else if (err)
        p->slot->is_failed = true;
    else
        group_version_read_list(p->slot, answer);
}

static void ask_group_versions(struct kube_discovery_request *r, struct group_versions *list)
{
    for (size_t i = 0; i < list->items.len && !r->err; i++) {
        struct group_version *slot = list->items.items[i];
        cleanup_free char *path = slot->group[0]
                                      ? xasprintf("/apis/%s/%s", slot->group, slot->version)
                                      : xasprintf("/api/%s", slot->version);

        ask(r, path, on_group_version, slot);
    }
}

static void on_root(struct part *p, const json_t *answer, const struct error *err,
                    struct group_versions *list)
{
    cleanup_error struct error *bad = NULL;

    if (!err && group_versions_read(list, answer, &bad) < 0)
        err = bad;
    if (err)
        fail(p->request, err);
    else if (!list->is_aggregated)
        ask_group_versions(p->request, list);
}

static void on_core_root(struct part *p, const json_t *answer, const struct error *err)
{
    on_root(p, answer, err, &p->request->core);
}

static void on_groups_root(struct part *p, const json_t *answer, const struct error *err)
{
    on_root(p, answer, err, &p->request->groups);
}

struct kube_discovery_request *kube_discovery_start(struct kube_client *client,
                                                    kube_discovery_done_fn *done, void *arg)
{
    struct kube_discovery_request *r = xcalloc(1, sizeof(*r));

    r->client = client;
    r->done = done;
    r->arg = arg;
    ask(r, "/api", on_core_root, NULL);
    ask(r, "/apis", on_groups_root, NULL);
    return r;
}

void kube_discovery_cancel(struct kube_discovery_request *r)
{
    for (size_t i = 0; i < r->parts.len; i++) {
        struct part *p = r->parts.items[i];

        if (p->call)
            kube_call_cancel(p->call);
    }
    if (!r->err)
        error_set(&r->err, ERROR_CANCELED, "discover the API: canceled");
}
