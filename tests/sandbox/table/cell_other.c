/* SPDX-License-Identifier: Apache-2.0 */
/* Cells of events, volumes, quotas, rights and policies. */
#include "lib/base/buf.h"
#include "lib/base/vec.h"
#include "lib/doc/yaml.h"
#include "tests/sandbox/place.h"
#include "tests/sandbox/table/column.h"

/* ---- events ---- */

static const char *first_of(const json_t *object, const char *const *paths, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (*cell_text(object, paths[i]))
            return cell_text(object, paths[i]);
    return "";
}

json_t *cell_event_first(const json_t *object)
{
    static const char *const paths[] = {".firstTimestamp", ".eventTime"};

    return cell_age(first_of(object, paths, ARRAY_LEN(paths)));
}

json_t *cell_event_seen(const json_t *object)
{
    static const char *const paths[] = {".series.lastObservedTime", ".lastTimestamp",
                                        ".firstTimestamp", ".eventTime"};

    return cell_age(first_of(object, paths, ARRAY_LEN(paths)));
}

json_t *cell_event_object(const json_t *object)
{
    cleanup_free char *kind = xstrdup(cell_text(object, ".involvedObject.kind"));

    for (char *p = kind; *p; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p - 'A' + 'a');
    return json_sprintf("%s/%s", kind, cell_text(object, ".involvedObject.name"));
}

json_t *cell_event_source(const json_t *object)
{
    const char *component = cell_text(object, ".source.component");
    const char *host = cell_text(object, ".source.host");

    if (!*component)
        component = cell_text(object, ".reportingComponent");
    return json_sprintf("%s%s%s", component, *host ? ", " : "", host);
}

/* ---- volumes ---- */

json_t *cell_claim_status(const json_t *object)
{
    if (*cell_text(object, ".metadata.deletionTimestamp"))
        return json_string("Terminating");
    return json_string(cell_text(object, ".status.phase"));
}

/* What a claim has got, not what it asks for. */
json_t *cell_claim_capacity(const json_t *object)
{
    bool is_bound = *cell_text(object, ".spec.volumeName") != '\0';

    const char *capacity = cell_text(object, ".status.capacity.storage");

    return json_string(!is_bound ? "" : *capacity ? capacity : "0");
}

json_t *cell_access_modes(const json_t *object)
{
    static const struct {
        const char *mode, *text;
    } modes[] = {{"ReadWriteOnce", "RWO"},
                 {"ReadOnlyMany", "ROX"},
                 {"ReadWriteMany", "RWX"},
                 {"ReadWriteOncePod", "RWOP"}};
    bool is_claim = streq(cell_text(object, ".kind"), "PersistentVolumeClaim");
    const json_t *given = place_at(object, is_claim ? ".status.accessModes" : ".spec.accessModes");
    cleanup_buf struct buf text = BUF_UNLIMITED;
    size_t i;
    json_t *mode;

    if (is_claim && !*cell_text(object, ".spec.volumeName"))
        return json_string("");
    json_array_foreach ((json_t *)given, i, mode) {
        for (size_t k = 0; k < ARRAY_LEN(modes); k++)
            if (streq(modes[k].mode, cell_text(mode, "")))
                buf_printf(&text, "%s%s", text.len > 0 ? "," : "", modes[k].text);
    }
    return json_string(text.data);
}

json_t *cell_claim_of(const json_t *object)
{
    const json_t *claim = place_at(object, ".spec.claimRef");

    if (!claim)
        return json_string("");
    return json_sprintf("%s/%s", cell_text(claim, ".namespace"), cell_text(claim, ".name"));
}

json_t *cell_expandable(const json_t *object)
{
    return json_boolean(json_is_true(json_object_get(object, "allowVolumeExpansion")));
}

/* ---- quotas ---- */

static json_t *quota(const json_t *object, bool limits)
{
    cleanup_strvec struct strvec parts = {0};
    cleanup_buf struct buf text = BUF_UNLIMITED;
    const json_t *used = place_at(object, ".status.used");
    const char *key;
    json_t *hard;

    json_object_foreach ((json_t *)place_at(object, ".status.hard"), key, hard) {
        if (str_has_prefix(key, "limits") == limits)
            strvec_pushf(&parts, "%s: %s/%s", key, cell_text(json_object_get(used, key), ""),
                         cell_text(hard, ""));
    }
    strvec_sort(&parts);
    for (size_t i = 0; i < parts.len; i++)
        buf_printf(&text, "%s%s", i > 0 ? ", " : "", parts.items[i]);
    return json_string(text.data);
}

json_t *cell_quota_requests(const json_t *object)
{
    return quota(object, false);
}

json_t *cell_quota_limits(const json_t *object)
{
    return quota(object, true);
}

/* ---- rights ---- */

json_t *cell_role(const json_t *object)
{
    return json_sprintf("%s/%s", cell_text(object, ".roleRef.kind"),
                        cell_text(object, ".roleRef.name"));
}

static json_t *subjects(const json_t *object, const char *kind)
{
    cleanup_buf struct buf text = BUF_UNLIMITED;
    size_t i;
    json_t *subject;

    json_array_foreach (json_object_get(object, "subjects"), i, subject) {
        const char *ns = cell_text(subject, ".namespace");

        if (streq(cell_text(subject, ".kind"), kind))
            buf_printf(&text, "%s%s%s%s", text.len > 0 ? ", " : "", ns, *ns ? "/" : "",
                       cell_text(subject, ".name"));
    }
    return json_string(text.data);
}

json_t *cell_users(const json_t *object)
{
    return subjects(object, "User");
}

json_t *cell_groups(const json_t *object)
{
    return subjects(object, "Group");
}

json_t *cell_accounts(const json_t *object)
{
    return subjects(object, "ServiceAccount");
}

/* ---- policies and classes ---- */

json_t *cell_param_kind(const json_t *object)
{
    const json_t *kind = place_at(object, ".spec.paramKind");

    if (!kind)
        return json_string("<unset>");
    return json_sprintf("%s/%s", cell_text(kind, ".apiVersion"), cell_text(kind, ".kind"));
}

json_t *cell_param_ref(const json_t *object)
{
    const json_t *ref = place_at(object, ".spec.paramRef");
    const char *ns = cell_text(ref, ".namespace"), *name = cell_text(ref, ".name");

    if (!ref)
        return json_string("<unset>");
    return json_sprintf("%s%s%s", ns, *ns ? "/" : "", *name ? name : "*");
}

json_t *cell_is_global(const json_t *object)
{
    return json_boolean(json_is_true(json_object_get(object, "globalDefault")));
}
