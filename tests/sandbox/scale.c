/* SPDX-License-Identifier: Apache-2.0 */
/* The subresource scale: the number of replicas of a kind, as an autoscaling/v1 Scale. */
#include "lib/doc/patch.h"
#include "tests/sandbox/api.h"
#include "tests/sandbox/place.h"
#include "tests/sandbox/refusal.h"

/* Where a kind has its numbers. */
struct scale_paths {
    const char *spec, *status, *selector;
};

static struct scale_paths paths_of(const struct kind *kind)
{
    const json_t *scale =
        json_object_get(json_object_get(kind->definition, "subresources"), "scale");
    const char *selector = json_string_value(json_object_get(scale, "labelSelectorPath"));

    if (!scale)
        return (struct scale_paths){".spec.replicas", ".status.replicas", NULL};
    return (struct scale_paths){json_string_value(json_object_get(scale, "specReplicasPath")),
                                json_string_value(json_object_get(scale, "statusReplicasPath")),
                                selector};
}

static char *selector_text(const json_t *object)
{
    const json_t *labels = json_object_get(
        json_object_get(json_object_get(object, "spec"), "selector"), "matchLabels");
    cleanup_buf struct buf text = BUF_UNLIMITED;
    const char *key;
    json_t *value;

    json_object_foreach ((json_t *)labels, key, value) {
        if (json_is_string(value))
            buf_printf(&text, "%s%s=%s", text.len > 0 ? "," : "", key, json_string_value(value));
    }
    return buf_take(&text);
}

static json_t *scale_of(const struct kind *kind, const json_t *object)
{
    static const char *const kept[] = {"name", "namespace", "uid", "resourceVersion",
                                       "creationTimestamp"};
    struct scale_paths paths = paths_of(kind);
    const json_t *meta = json_object_get(object, "metadata");
    const json_t *given = paths.selector ? place_at(object, paths.selector) : NULL;
    cleanup_free char *selector =
        json_is_string(given) ? xstrdup(json_string_value(given)) : selector_text(object);
    json_t *shown = json_object();

    for (size_t i = 0; i < ARRAY_LEN(kept); i++)
        json_object_set(shown, kept[i], json_object_get(meta, kept[i]));
    return json_pack("{s:s, s:s, s:o, s:{s:I}, s:{s:I, s:s}}", "kind", "Scale", "apiVersion",
                     "autoscaling/v1", "metadata", shown, "spec", "replicas",
                     json_integer_value(place_at(object, paths.spec)), "status", "replicas",
                     json_integer_value(place_at(object, paths.status)), "selector", selector);
}

/* What the client makes of the Scale. `*out` is a new reference. */
static int wanted(struct api_request *r, const json_t *scale, json_t **out, json_t **refused)
{
    const char *type = http_call_header(r->http, "Content-Type");
    cleanup_json json_t *body = NULL;
    cleanup_error struct error *err = NULL;

    if (api_body(r, &body, refused) < 0)
        return -1;
    *out = json_deep_copy(scale);
    if (streq(http_call_method(r->http), "PUT")) {
        json_object_update(*out, body);
    } else if (type && str_has_prefix(type, "application/json-patch+json")) {
        if (json_patch_apply(out, body, &err) < 0) {
            json_decref(TAKE(*out));
            return refuse(refused, 422, "Invalid", NULL, "%s", error_message(err));
        }
    } else {
        merge_patch_apply(out, body);
    }
    return 0;
}

static int scale_write(struct api_request *r, const json_t *current, json_t **out, json_t **refused)
{
    cleanup_json json_t *scale = scale_of(r->kind, current);
    cleanup_json json_t *next = NULL;
    json_t *object, *version;
    json_int_t replicas;

    if (wanted(r, scale, &next, refused) < 0)
        return -1;
    replicas = json_integer_value(json_object_get(json_object_get(next, "spec"), "replicas"));
    if (replicas < 0)
        return refuse(refused, 422, "Invalid", NULL,
                      "Scale.autoscaling \"%s\" is invalid: spec.replicas: Invalid value: %lld: "
                      "must be greater than or equal to 0",
                      r->name, (long long)replicas);
    object = json_deep_copy(current);
    place_put(object, paths_of(r->kind).spec, json_integer(replicas));
    version = json_object_get(json_object_get(next, "metadata"), "resourceVersion");
    if (version)
        json_object_set(json_object_get(object, "metadata"), "resourceVersion", version);
    return registry_update(r->s, r->kind, r->ns, r->name, object, &r->write, out, NULL, refused);
}

/* Takes `scale`. */
static void answer(struct api_request *r, json_t *scale)
{
    static const struct kind kind = {.group = "autoscaling", .version = "v1", .kind = "Scale"};

    if (r->shape == SHAPE_TABLE)
        scale = table_of_object(&kind, scale, r->rows);
    api_answer(r->http, 200, scale);
}

void api_scale(struct api_request *r)
{
    const json_t *current = store_find(r->kind->collection, r->ns, r->name);
    cleanup_json json_t *shown = current ? registry_present(r->kind, current) : NULL;
    cleanup_json json_t *written = NULL;
    json_t *refused = NULL;
    int code = 0;

    if (!current)
        code = refuse_not_found(&refused, r->kind, r->name);
    else if (!streq(http_call_method(r->http), "GET"))
        code = scale_write(r, shown, &written, &refused);
    if (code < 0)
        api_refuse(r->http, refused);
    else
        answer(r, scale_of(r->kind, written ? written : shown));
}
