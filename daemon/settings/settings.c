/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/settings/settings.h"

#include "daemon/settings/settings_custom.h"
#include "daemon/settings/settings_shipped.h"
#include "lib/base/hash.h"
#include "lib/doc/yaml.h"

#include <strings.h>

#define LABEL_KEY "app.kubernetes.io/instance"

struct reading {
    struct settings *s;
    const char *server; /* may be NULL */
};

typedef int read_fn(struct reading *r, const char *text, struct error **err);

/* ---- single values ---- */

static int read_bool(const char *text, bool *out, struct error **err)
{
    if (strcasecmp(text, "true") != 0 && strcasecmp(text, "false") != 0)
        return error_set(err, ERROR_INVALID, "\"%s\" is neither true nor false", text);
    *out = strcasecmp(text, "true") == 0;
    return 0;
}

static int read_method(struct reading *r, const char *text, struct error **err)
{
    static const char *const names[] = {
        [TRACK_ANNOTATION] = "annotation",
        [TRACK_LABEL] = "label",
        [TRACK_BOTH] = "annotation+label",
    };

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (!streq(text, names[i]) && !(i == TRACK_ANNOTATION && !*text))
            continue;
        r->s->tracking.method = (enum tracking_method)i;
        return 0;
    }
    return error_set(err, ERROR_INVALID, "\"%s\" is none of annotation, label, annotation+label",
                     text);
}

static bool is_label_key(const char *text)
{
    const char *slash = strchr(text, '/');
    const char *name = slash ? slash + 1 : text;
    size_t len = strlen(name);

    return len >= 1 && len <= 63 && slash != text && (!slash || slash - text <= 253) &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == len;
}

static int read_label_key(struct reading *r, const char *text, struct error **err)
{
    if (!*text)
        text = LABEL_KEY;
    if (!is_label_key(text))
        return error_set(err, ERROR_INVALID, "\"%s\" is not the key of a label", text);
    free(r->s->tracking.label_key);
    r->s->tracking.label_key = xstrdup(text);
    return 0;
}

static int read_installation(struct reading *r, const char *text, struct error **err)
{
    (void)err;
    free(r->s->tracking.installation_id);
    r->s->tracking.installation_id = xstrdup(text);
    return 0;
}

static int read_updates_enabled(struct reading *r, const char *text, struct error **err)
{
    return read_bool(text, &r->s->ignore_updates_enabled, err);
}

static int read_rbac(struct reading *r, const char *text, struct error **err)
{
    if (!streq(text, "") && !streq(text, "normal") && !streq(text, "strict"))
        return error_set(err, ERROR_INVALID, "\"%s\" is neither normal nor strict", text);
    r->s->respect_rbac = !*text ? RBAC_IGNORE : streq(text, "normal") ? RBAC_NORMAL : RBAC_STRICT;
    return 0;
}

static int read_mask(struct reading *r, const char *text, struct error **err)
{
    cleanup_free char *copy = xstrdup(text);
    char *rest;

    (void)err;
    strvec_clear(&r->s->mask_annotations);
    for (char *item = strtok_r(copy, ", \n", &rest); item; item = strtok_r(NULL, ", \n", &rest))
        strvec_push(&r->s->mask_annotations, item);
    return 0;
}

/* ---- projects ---- */

static int read_global_projects(struct reading *r, const char *text, struct error **err)
{
    cleanup_json json_t *docs = NULL;
    json_t *list;
    const json_t *rule;
    size_t i;

    if (yaml_parse("value", text, strlen(text), YAML_KUBECTL, &docs, err) < 0)
        return -1;
    list = json_array_get(docs, 0);
    if (list && !json_is_null(list) && !json_is_array(list))
        return error_set(err, ERROR_INVALID, "it is not a list of projectName and labelSelector");
    json_array_foreach (list, i, rule) {
        if (!*object_string(rule, "projectName") ||
            !json_is_object(json_object_get(rule, "labelSelector")))
            return error_set(err, ERROR_INVALID,
                             "item %zu is not an object of projectName and labelSelector", i + 1);
    }
    json_decref(r->s->global_projects);
    r->s->global_projects = json_is_array(list) ? json_incref(list) : NULL;
    return 0;
}

static int read_impersonate(struct reading *r, const char *text, struct error **err)
{
    return read_bool(text, &r->s->impersonate, err);
}

static int read_enforced(struct reading *r, const char *text, struct error **err)
{
    return read_bool(text, &r->s->impersonation_enforced, err);
}

static int read_build_options(struct reading *r, const char *text, struct error **err)
{
    return settings_kustomize_read(text, &r->s->kustomize, err);
}

static int read_kustomize_enabled(struct reading *r, const char *text, struct error **err)
{
    return read_bool(text, &r->s->kustomize_enabled, err);
}

static int read_helm_enabled(struct reading *r, const char *text, struct error **err)
{
    return read_bool(text, &r->s->helm_enabled, err);
}

static int read_jsonnet_enabled(struct reading *r, const char *text, struct error **err)
{
    return read_bool(text, &r->s->jsonnet_enabled, err);
}

static int read_exclusions(struct reading *r, const char *text, struct error **err)
{
    return settings_filters_read(text, r->server, &r->s->exclusions, err);
}

static int read_inclusions(struct reading *r, const char *text, struct error **err)
{
    return settings_filters_read(text, r->server, &r->s->inclusions, err);
}

/* ---- options of comparing ---- */

static int read_status_field(const json_t *value, enum settings_ignore_status *out,
                             struct error **err)
{
    const char *text = json_is_false(value) ? "false" : json_string_value(value);

    if (!value || streq(text, "") || streq(text, "all"))
        *out = IGNORE_STATUS_ALL;
    else if (streq(text, "crd"))
        *out = IGNORE_STATUS_CRD;
    else if (streq(text, "none") || streq(text, "off") || streq(text, "false"))
        *out = IGNORE_STATUS_NONE;
    else
        return error_set(err, ERROR_INVALID,
                         "ignoreResourceStatusField is none of all, crd, none, off");
    return 0;
}

static int read_flag(const json_t *options, const char *field, bool *out, struct error **err)
{
    const json_t *value = json_object_get(options, field);

    if (value && !json_is_boolean(value))
        return error_set(err, ERROR_INVALID, "%s is neither true nor false", field);
    if (value)
        *out = json_is_true(value);
    return 0;
}

static int read_compare_options(struct reading *r, const char *text, struct error **err)
{
    cleanup_json json_t *docs = NULL;
    const json_t *options;
    bool roles = false;
    bool on_updates = true;
    enum settings_ignore_status status = r->s->ignore_status;

    if (yaml_parse("value", text, strlen(text), YAML_KUBECTL, &docs, err) < 0)
        return -1;
    options = json_array_get(docs, 0);
    if (options && !json_is_object(options) && !json_is_null(options))
        return error_set(err, ERROR_INVALID, "it is not a map of options");
    if (read_flag(options, "ignoreAggregatedRoles", &roles, err) < 0 ||
        read_flag(options, "ignoreDifferencesOnResourceUpdates", &on_updates, err) < 0 ||
        read_status_field(json_object_get(options, "ignoreResourceStatusField"), &status, err) < 0)
        return -1;
    r->s->ignore_aggregated_roles = roles;
    r->s->ignore_differences_on_updates = on_updates;
    r->s->ignore_status = status;
    return 0;
}

/* ---- the ConfigMap ---- */

static int read_custom_map(struct reading *r, const char *text, struct error **err)
{
    return settings_custom_read_map(r->s, text, err);
}

/* The map of customizations comes first: keys of their own win over it. */
static const struct {
    const char *key;
    read_fn *read;
} keys[] = {
    {"resource.customizations", read_custom_map},
    {"resource.exclusions", read_exclusions},
    {"resource.inclusions", read_inclusions},
    {"resource.compareoptions", read_compare_options},
    {"resource.ignoreResourceUpdatesEnabled", read_updates_enabled},
    {"resource.respectRBAC", read_rbac},
    {"resource.sensitive.mask.annotations", read_mask},
    {"application.resourceTrackingMethod", read_method},
    {"application.instanceLabelKey", read_label_key},
    {"installationID", read_installation},
    {"globalProjects", read_global_projects},
    {"kustomize.buildOptions", read_build_options},
    {"kustomize.enable", read_kustomize_enabled},
    {"helm.enable", read_helm_enabled},
    {"jsonnet.enable", read_jsonnet_enabled},
    {"application.sync.impersonation.enabled", read_impersonate},
    {"application.sync.impersonation.enforced", read_enforced},
};

static int read_key(struct reading *r, const char *key, const char *text, struct error **err)
{
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (streq(key, keys[i].key))
            return keys[i].read(r, text, err);
    return settings_custom_read(r->s, key, text, err);
}

static bool is_custom_key(const char *key)
{
    return str_has_prefix(key, SETTINGS_CUSTOM_PREFIX);
}

/* One key of the data. Where it cannot be read, the former good text of it counts. Returns whether
 * anything does. */
static bool take_key(struct reading *r, const char *key, const char *text, const char *namespace,
                     const struct settings *former)
{
    const char *good = former ? json_string_value(json_object_get(former->good, key)) : NULL;
    cleanup_error struct error *err = NULL;
    cleanup_error struct error *again = NULL;

    if (read_key(r, key, text, &err) == 0) {
        json_object_set_new(r->s->good, key, json_string(text));
        return true;
    }
    if (good && read_key(r, key, good, &again) < 0)
        good = NULL; /* not in this place: it was good for another server, say */
    if (good)
        json_object_set_new(r->s->good, key, json_string(good));
    strvec_pushf(&r->s->problems,
                 "ConfigMap %s/" SETTINGS_CONFIG_MAP
                 ", key %s: %s; %s stays in use until the value is corrected",
                 namespace, key, error_message(err), good ? "the last good value" : "the default");
    return good != NULL;
}

static void take_shipped(struct reading *r, const char *key)
{
    const struct settings_shipped *shipped;
    size_t count;

    shipped = settings_shipped(&count);
    for (size_t i = 0; i < count; i++) {
        cleanup_error struct error *err = NULL;

        if (!key || streq(key, shipped[i].key))
            read_key(r, shipped[i].key, shipped[i].text, &err);
    }
}

static const char *data_text(const json_t *data, const char *key)
{
    return json_string_value(json_object_get(data, key));
}

static void take_data(struct reading *r, const json_t *data, const char *namespace,
                      const struct settings *former)
{
    const char *key;
    json_t *value;

    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        const char *text = data_text(data, keys[i].key);
        bool taken = text && take_key(r, keys[i].key, text, namespace, former);

        if (streq(keys[i].key, "resource.exclusions"))
            r->s->own_exclusions = taken;
    }
    json_object_foreach ((json_t *)data, key, value) {
        if (!is_custom_key(key) || !json_is_string(value))
            continue;
        if (!take_key(r, key, json_string_value(value), namespace, former))
            take_shipped(r, key);
    }
}

static uint64_t hash_of(const struct settings *s)
{
    cleanup_free char *text = json_dumps(s->good, JSON_COMPACT | JSON_SORT_KEYS);

    return hash64(text, strlen(text));
}

static uint64_t render_hash_of(const struct settings *s)
{
    static const char *const of_render[] = {"application.resourceTrackingMethod",
                                            "application.instanceLabelKey",
                                            "installationID",
                                            "resource.exclusions",
                                            "resource.inclusions",
                                            "kustomize.buildOptions",
                                            "kustomize.enable",
                                            "helm.enable",
                                            "jsonnet.enable"};
    cleanup_json json_t *used = json_object();
    cleanup_free char *text = NULL;

    for (size_t i = 0; i < ARRAY_LEN(of_render); i++)
        json_object_set(used, of_render[i], json_object_get(s->good, of_render[i]));
    text = json_dumps(used, JSON_COMPACT | JSON_SORT_KEYS);
    return hash64(text, strlen(text));
}

struct settings *settings_parse(const json_t *data, const char *namespace, const char *server,
                                const struct settings *former)
{
    struct settings *s = xcalloc(1, sizeof(*s));
    struct reading r = {.s = s, .server = server};

    s->refs = 1;
    s->good = json_object();
    settings_custom_init(s);
    s->tracking.label_key = xstrdup(LABEL_KEY);
    s->tracking.installation_id = xstrdup("");
    s->ignore_updates_enabled = true;
    s->impersonation_enforced = true;
    s->kustomize_enabled = s->helm_enabled = s->jsonnet_enabled = true;
    s->ignore_differences_on_updates = true;
    take_shipped(&r, NULL);
    take_data(&r, data, namespace, former);
    strvec_sort(&s->problems);
    s->hash = hash_of(s);
    s->render_hash = render_hash_of(s);
    return s;
}

struct settings *settings_default(void)
{
    return settings_parse(NULL, "", NULL, NULL);
}

struct settings *settings_ref(struct settings *s)
{
    if (s)
        s->refs++;
    return s;
}

void settings_unref(struct settings *s)
{
    if (!s || --s->refs)
        return;
    free(s->tracking.label_key);
    free(s->tracking.installation_id);
    settings_filters_clear(&s->exclusions);
    settings_filters_clear(&s->inclusions);
    strvec_clear(&s->mask_annotations);
    strvec_clear(&s->problems);
    settings_custom_clear(s);
    json_decref(s->global_projects);
    json_decref(s->good);
    free(s);
}

bool settings_excludes(const struct settings *s, const char *group, const char *kind)
{
    if (streq(group, "events.k8s.io") || streq(group, "metrics.k8s.io") ||
        (streq(group, "") && streq(kind, "Event")) ||
        (streq(group, "coordination.k8s.io") && streq(kind, "Lease")))
        return true;
    return settings_filters_match(&s->exclusions, group, kind) ||
           (s->inclusions.len && !settings_filters_match(&s->inclusions, group, kind));
}
