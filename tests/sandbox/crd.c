/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/crd.h"

#include "lib/base/time.h"
#include "tests/sandbox/openapi.h"
#include "tests/sandbox/refusal.h"

static bool is_definition(const struct kind *kind)
{
    return streq(kind->kind, "CustomResourceDefinition") && !kind_is_custom(kind);
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

/* ---- what is stored ---- */

static json_t *condition(const char *type, const char *reason, const char *message)
{
    char now[TIME_RFC3339_BYTES];

    time_format_rfc3339(time_wall_ms(), now);
    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "type", type, "status", "True",
                     "lastTransitionTime", now, "reason", reason, "message", message);
}

static const char *storage_version(const json_t *spec)
{
    size_t i;
    json_t *version;

    json_array_foreach (json_object_get(spec, "versions"), i, version) {
        if (json_is_true(json_object_get(version, "storage")))
            return text_of(version, "name");
    }
    return "";
}

static void set_status(json_t *object)
{
    const json_t *spec = json_object_get(object, "spec");
    json_t *status = json_object_get(object, "status");
    const char *version = storage_version(spec);
    json_t *stored;

    if (json_array_size(json_object_get(status, "conditions")) == 0) {
        status = json_pack("{s:[o, o], s:[s]}", "conditions",
                           condition("NamesAccepted", "NoConflicts", "no conflicts found"),
                           condition("Established", "InitialNamesAccepted",
                                     "the initial names have been accepted"),
                           "storedVersions", version);
    } else {
        status = json_deep_copy(status);
        stored = json_object_get(status, "storedVersions");
        if (!streq(json_string_value(json_array_get(stored, json_array_size(stored) - 1)), version))
            json_array_append_new(stored, json_string(version));
    }
    json_object_set(status, "acceptedNames", json_object_get(spec, "names"));
    json_object_set_new(object, "status", status);
}

static void check_schemas(const json_t *spec, json_t *causes)
{
    size_t i;
    json_t *version;

    json_array_foreach (json_object_get(spec, "versions"), i, version) {
        const json_t *schema = json_object_get(version, "schema");
        cleanup_free char *field = xasprintf("spec.versions[%zu].schema.openAPIV3Schema", i);

        if (!json_object_get(schema, "openAPIV3Schema"))
            cause_add(causes, "FieldValueRequired", field, "%s", "");
    }
}

/* `old` may be NULL. */
static void check_scope(const json_t *old, const json_t *spec, json_t *causes)
{
    const char *before = text_of(json_object_get(old, "spec"), "scope");

    if (old && !streq(before, text_of(spec, "scope")))
        cause_add(causes, "FieldValueInvalid", "spec.scope", "\"%s\": field is immutable",
                  text_of(spec, "scope"));
}

int crd_admit(const struct kind *kind, json_t *object, json_t **refused)
{
    const json_t *spec = json_object_get(object, "spec");
    const char *plural = text_of(json_object_get(spec, "names"), "plural");
    cleanup_free char *name = xasprintf("%s.%s", plural, text_of(spec, "group"));
    json_t *causes = json_array();

    if (!is_definition(kind)) {
        json_decref(causes);
        return 0;
    }
    if (!streq(object_meta(object, "name"), name))
        cause_add(causes, "FieldValueInvalid", "metadata.name",
                  "\"%s\": must be spec.names.plural+\".\"+spec.group",
                  object_meta(object, "name"));
    if (!*storage_version(spec))
        cause_add(causes, "FieldValueInvalid", "spec.versions",
                  "must have exactly one version marked as storage version");
    check_schemas(spec, causes);
    check_scope(store_find(kind->collection, NULL, object_meta(object, "name")), spec, causes);
    if (!*text_of(spec, "scope"))
        cause_add(causes, "FieldValueRequired", "spec.scope", "%s", "");
    if (json_array_size(causes) > 0)
        return refuse_invalid(refused, kind, object_meta(object, "name"), causes);
    json_decref(causes);
    set_status(object);
    return 0;
}

/* ---- what is served ---- */

static char *joined(const json_t *names)
{
    cleanup_buf struct buf text = BUF_UNLIMITED;
    size_t i;
    json_t *name;

    json_array_foreach ((json_t *)names, i, name) {
        buf_printf(&text, "%s%s", i > 0 ? "," : "", json_string_value(name));
    }
    return buf_take(&text);
}

static struct kube_schema *schema_of(const struct kind *kind)
{
    cleanup_json json_t *document = openapi_of_kind(kind);
    cleanup_free char *text = json_dumps(document, JSON_COMPACT);
    cleanup_error struct error *err = NULL;
    struct kube_schema *schema = NULL;

    return text && kube_schema_parse(text, strlen(text), &schema, &err) == 0 ? schema : NULL;
}

static void serve_version(struct sandbox *s, json_t *crd, json_t *version)
{
    const json_t *spec = json_object_get(crd, "spec"), *names = json_object_get(spec, "names");
    const json_t *subresources = json_object_get(version, "subresources");
    struct kind *kind = xcalloc(1, sizeof(*kind));

    kind->group = xstrdup(text_of(spec, "group"));
    kind->version = xstrdup(text_of(version, "name"));
    kind->kind = xstrdup(text_of(names, "kind"));
    kind->plural = xstrdup(text_of(names, "plural"));
    kind->singular = xstrdup(text_of(names, "singular"));
    kind->short_names = joined(json_object_get(names, "shortNames"));
    kind->categories = joined(json_object_get(names, "categories"));
    kind->traits = KIND_GENERATION | KIND_MUST_NAME_VERSION;
    if (streq(text_of(spec, "scope"), "Namespaced"))
        kind->traits |= KIND_NAMESPACED;
    if (json_object_get(subresources, "status"))
        kind->traits |= KIND_STATUS;
    if (json_object_get(subresources, "scale"))
        kind->traits |= KIND_SCALE;
    kind->definition = json_incref(version);
    kind->crd = json_incref(crd);
    kind->collection = store_collection(s->store, kind->group, kind->plural);
    kind->is_storage = json_is_true(json_object_get(version, "storage"));
    kind->is_served = json_is_true(json_object_get(version, "served"));
    kind->schema = schema_of(kind);
    kinds_add(&s->kinds, kind);
}

static const struct kind *kind_of_crd(const struct sandbox *s, const char *name)
{
    for (size_t i = 0; i < s->kinds.all.len; i++) {
        const struct kind *kind = s->kinds.all.items[i];

        if (kind_is_custom(kind) && streq(object_meta(kind->crd, "name"), name))
            return kind;
    }
    return NULL;
}

static void serve(struct sandbox *s, json_t *crd)
{
    const json_t *spec = json_object_get(crd, "spec");
    const struct kind *known = kind_of_crd(s, object_meta(crd, "name"));
    size_t i;
    json_t *version;

    if (known && json_equal(json_object_get(known->crd, "spec"), spec))
        return;
    kinds_retire(&s->kinds, text_of(spec, "group"),
                 text_of(json_object_get(spec, "names"), "plural"));
    json_array_foreach (json_object_get(spec, "versions"), i, version) {
        serve_version(s, crd, version);
    }
}

static void remove_objects(struct sandbox *s, struct collection *c)
{
    cleanup_ptrvec struct ptrvec objects = {0};

    store_list(s->store, c, NULL, 0, &objects);
    for (size_t i = 0; i < objects.len; i++) {
        cleanup_json json_t *object = json_incref(objects.items[i]);

        store_remove(s->store, c, object_meta(object, "namespace"), object_meta(object, "name"),
                     NULL);
    }
}

/* The first kind whose definition is gone. */
static const struct kind *find_stray(const struct sandbox *s, const struct collection *definitions)
{
    for (size_t i = 0; i < s->kinds.all.len; i++) {
        const struct kind *kind = s->kinds.all.items[i];

        if (kind_is_custom(kind) && !store_find(definitions, NULL, object_meta(kind->crd, "name")))
            return kind;
    }
    return NULL;
}

void crd_changed(struct sandbox *s, const struct kind *kind, const json_t *object)
{
    const struct kind *stray;

    if (!is_definition(kind))
        return;
    if (object) {
        serve(s, (json_t *)object);
        return;
    }
    while ((stray = find_stray(s, kind->collection))) {
        struct collection *c = stray->collection;

        kinds_retire(&s->kinds, stray->group, stray->plural);
        remove_objects(s, c);
    }
}
