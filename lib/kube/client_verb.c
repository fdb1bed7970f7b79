/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs of the REST interface, as calls. */
#include "lib/base/buf.h"
#include "lib/kube/client.h"
#include "lib/kube/resource.h"

struct kube_call *kube_get(struct kube_client *client, const struct kube_resource *r,
                           const char *ns, const char *name, kube_done_fn *done, void *arg)
{
    cleanup_free char *path = kube_resource_path(r, ns, name);
    struct kube_call_spec spec = {.method = "GET", .path = path};

    return kube_call_start(client, &spec, done, arg);
}

static bool is_dry_run(const struct kube_apply_options *options)
{
    return options && options->dry_run;
}

/* `options` are part of the path already; they may be NULL. */
static struct kube_call *send_json(struct kube_client *client, const char *method, const char *path,
                                   const char *content_type, const json_t *value,
                                   const struct kube_apply_options *options, kube_done_fn *done,
                                   void *arg)
{
    cleanup_free char *body = json_dumps(value, JSON_COMPACT);
    struct kube_call_spec spec = {
        .method = method,
        .path = path,
        .content_type = content_type,
        .body = body,
        .body_len = body ? strlen(body) : 0,
        .is_dry_run = is_dry_run(options),
    };

    return kube_call_start(client, &spec, done, arg);
}

static void put_options(struct buf *path, const struct kube_apply_options *options)
{
    url_put_query(path, "fieldManager", options->field_manager);
    url_put_query(path, "dryRun", options->dry_run ? "All" : NULL);
    url_put_query(path, "fieldValidation", options->field_validation);
}

static struct kube_call *write_whole(struct kube_client *client, const char *method,
                                     const char *object_path, const json_t *object,
                                     const struct kube_apply_options *options, kube_done_fn *done,
                                     void *arg)
{
    cleanup_buf struct buf path = BUF_UNLIMITED;

    buf_puts(&path, object_path);
    if (options)
        put_options(&path, options);
    return send_json(client, method, path.data, "application/json", object, options, done, arg);
}

struct kube_call *kube_create(struct kube_client *client, const struct kube_resource *r,
                              const char *ns, const json_t *object,
                              const struct kube_apply_options *options, kube_done_fn *done,
                              void *arg)
{
    cleanup_free char *path = kube_resource_path(r, ns, NULL);

    return write_whole(client, "POST", path, object, options, done, arg);
}

struct kube_call *kube_replace(struct kube_client *client, const struct kube_resource *r,
                               const char *ns, const char *name, const json_t *object,
                               const struct kube_apply_options *options, kube_done_fn *done,
                               void *arg)
{
    cleanup_free char *path = kube_resource_path(r, ns, name);

    return write_whole(client, "PUT", path, object, options, done, arg);
}

struct kube_call *kube_apply(struct kube_client *client, const struct kube_resource *r,
                             const char *ns, const char *name, const char *body, size_t body_len,
                             const struct kube_apply_options *options, kube_done_fn *done,
                             void *arg)
{
    cleanup_buf struct buf path = BUF_UNLIMITED;
    cleanup_free char *object_path = kube_resource_path(r, ns, name);
    struct kube_call_spec spec = {
        .method = "PATCH",
        .content_type = "application/apply-patch+yaml",
        .body = body,
        .body_len = body_len,
        .is_dry_run = is_dry_run(options),
    };

    buf_puts(&path, object_path);
    put_options(&path, options);
    url_put_query(&path, "force", options->force ? "true" : NULL);
    spec.path = path.data;
    return kube_call_start(client, &spec, done, arg);
}

struct kube_call *kube_merge_patch(struct kube_client *client, const struct kube_resource *r,
                                   const char *ns, const char *name, const json_t *patch,
                                   kube_done_fn *done, void *arg)
{
    cleanup_free char *path = kube_resource_path(r, ns, name);

    return send_json(client, "PATCH", path, "application/merge-patch+json", patch, NULL, done, arg);
}

struct kube_call *kube_json_patch(struct kube_client *client, const struct kube_resource *r,
                                  const char *ns, const char *name, const json_t *patch,
                                  kube_done_fn *done, void *arg)
{
    cleanup_free char *path = kube_resource_path(r, ns, name);

    return send_json(client, "PATCH", path, "application/json-patch+json", patch, NULL, done, arg);
}

struct kube_call *kube_delete(struct kube_client *client, const struct kube_resource *r,
                              const char *ns, const char *name, const char *uid,
                              const char *resource_version, const char *propagation,
                              kube_done_fn *done, void *arg)
{
    cleanup_free char *path = kube_resource_path(r, ns, name);
    json_t *options = json_pack("{s:s, s:s, s:s*, s:{s:s*, s:s*}}", "apiVersion", "v1", "kind",
                                "DeleteOptions", "propagationPolicy", propagation, "preconditions",
                                "uid", uid, "resourceVersion", resource_version);
    struct kube_call *call =
        send_json(client, "DELETE", path, "application/json", options, NULL, done, arg);

    json_decref(options);
    return call;
}
