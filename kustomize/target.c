/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/target.h"

#include "kustomize/json_text.h"

static int pattern_init(struct pattern *p, const json_t *selector, const char *field,
                        struct error **err)
{
    const char *text = json_string_at(selector, field);

    if (!*text)
        return 0;
    if (!text[strcspn(text, ".*+?()[]{}|^$\\")]) {
        p->literal = text;
        return 0;
    }
    if (regex_new_whole(text, &p->regex, err) < 0)
        return error_wrap(err, "%s of the selector", field);
    return 0;
}

static bool pattern_matches(const struct pattern *p, const char *s)
{
    if (p->literal)
        return strcmp(p->literal, s) == 0;
    return !p->regex || regex_matches(p->regex, s);
}

static int selector_init(struct label_selector **out, const json_t *selector, const char *field,
                         struct error **err)
{
    const char *text = json_string_at(selector, field);

    if (!*text)
        return 0;
    if (label_selector_parse(text, out, err) < 0)
        return error_wrap(err, "%s of the selector", field);
    return 0;
}

int target_init(struct target *t, const json_t *selector, struct error **err)
{
    *t = (struct target){0};
    if (pattern_init(&t->group, selector, "group", err) < 0 ||
        pattern_init(&t->version, selector, "version", err) < 0 ||
        pattern_init(&t->kind, selector, "kind", err) < 0 ||
        pattern_init(&t->name, selector, "name", err) < 0 ||
        pattern_init(&t->namespace, selector, "namespace", err) < 0 ||
        selector_init(&t->labels, selector, "labelSelector", err) < 0 ||
        selector_init(&t->annotations, selector, "annotationSelector", err) < 0)
        return -1;
    return 0;
}

void target_clear(struct target *t)
{
    regex_free(t->group.regex);
    regex_free(t->version.regex);
    regex_free(t->kind.regex);
    regex_free(t->name.regex);
    regex_free(t->namespace.regex);
    label_selector_free(t->labels);
    label_selector_free(t->annotations);
    *t = (struct target){0};
}

int target_check(const struct target *t, struct error **err)
{
    if (regex_check(t->group.regex, err) < 0 || regex_check(t->version.regex, err) < 0 ||
        regex_check(t->kind.regex, err) < 0 || regex_check(t->name.regex, err) < 0 ||
        regex_check(t->namespace.regex, err) < 0)
        return -1;
    return 0;
}

static bool group_matches(const struct pattern *p, const char *api_version)
{
    const char *version;
    size_t len = api_version_split(api_version, &version);
    cleanup_free char *group = NULL;

    if (!p->literal && !p->regex)
        return true;
    group = xstrndup(api_version, len);
    return pattern_matches(p, group);
}

bool target_matches(const struct target *t, const struct resource *r)
{
    const char *version;

    if (!pattern_matches(&t->name, resource_original_name(r)) &&
        !pattern_matches(&t->name, resource_name(r)))
        return false;
    if (!pattern_matches(&t->kind, resource_kind(r)))
        return false;
    if ((t->namespace.literal || t->namespace.regex) &&
        !pattern_matches(&t->namespace, resource_original_namespace(r)) &&
        !pattern_matches(&t->namespace, resource_effective_namespace(r)))
        return false;
    api_version_split(resource_api_version(r), &version);
    if (!pattern_matches(&t->version, version) ||
        !group_matches(&t->group, resource_api_version(r)))
        return false;
    return target_matches_maps(t, r);
}

bool target_matches_maps(const struct target *t, const struct resource *r)
{
    if (t->labels && !label_selector_matches(t->labels, resource_metadata_map(r, "labels")))
        return false;
    return !t->annotations ||
           label_selector_matches(t->annotations, resource_metadata_map(r, "annotations"));
}

bool target_matches_an_id(const struct target *t, const struct resource *r)
{
    const char *version;

    api_version_split(resource_api_version(r), &version);
    if (!pattern_matches(&t->version, version) ||
        !group_matches(&t->group, resource_api_version(r)))
        return false;
    if (pattern_matches(&t->name, resource_name(r)) &&
        pattern_matches(&t->kind, resource_kind(r)) &&
        pattern_matches(&t->namespace, resource_namespace(r)))
        return true;
    for (size_t i = 0; i < r->previous_count; i++)
        if (pattern_matches(&t->name, r->previous[i].name) &&
            pattern_matches(&t->kind, r->previous[i].kind) &&
            pattern_matches(&t->namespace, r->previous[i].namespace))
            return true;
    return false;
}
