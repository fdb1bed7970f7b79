/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/compare/ignore.h"

#include "daemon/compare/autoscaler.h"
#include "daemon/compare/ignore_places.h"
#include "daemon/object/identity.h"
#include "lib/base/buf.h"
#include "lib/base/glob.h"
#include "lib/base/hash.h"

/* Of one condition. */
#define REPORT_MAX_BYTES 1500

enum origin { ORIGIN_SPEC, ORIGIN_SYSTEM, ORIGIN_IMPLIED };

struct rule {
    enum origin origin;
    char *group, *kind; /* globs, but in an implied rule */
    char *namespace;    /* globs; "" is any */
    char *name;
    struct strvec pointers;
    struct strvec expressions;
    struct strvec managers;
};

struct ignore_rules {
    unsigned refs;
    struct rule *items;
    size_t len;
    struct buf problems; /* of the declared rules */
    struct buf content;  /* what the hash is made of */
    uint64_t hash;
};

/* ---- reading ---- */

static struct rule *add_rule(struct ignore_rules *r, enum origin origin, const char *group,
                             const char *kind, const char *ns, const char *name)
{
    struct rule *rule;

    r->items = xrealloc(r->items, (r->len + 1) * sizeof(*r->items));
    rule = &r->items[r->len++];
    *rule = (struct rule){.origin = origin,
                          .group = xstrdup(group),
                          .kind = xstrdup(kind),
                          .namespace = xstrdup(ns),
                          .name = xstrdup(name)};
    buf_printf(&r->content, "%d %s/%s/%s/%s\n", (int)origin, group, kind, ns, name);
    return rule;
}

static void note_problem(struct buf *problems, const char *where, const char *what,
                         const char *value, const char *why)
{
    if (problems->len < REPORT_MAX_BYTES)
        buf_printf(problems, "%s%s: %s \"%.200s\": %s", problems->len ? "; " : "", where, what,
                   value, why);
}

static void read_strings(struct ignore_rules *r, struct buf *problems, const char *where,
                         const json_t *list, const char *field, struct strvec *out)
{
    bool is_pointer = streq(field, "jsonPointers");
    const json_t *item;
    size_t i;

    json_array_foreach (list, i, item) {
        const char *text = json_string_value(item);
        cleanup_error struct error *err = NULL;

        if (!text) {
            note_problem(problems, where, field, "", "an entry is not a string");
        } else if (is_pointer && ignore_pointer_check(text, &err) < 0) {
            note_problem(problems, where, field, text, error_message(err));
        } else {
            strvec_push(out, text);
            buf_printf(&r->content, "%s %s\n", field, text);
        }
    }
    if (list && !json_is_array(list) && !json_is_null(list))
        note_problem(problems, where, field, "", "must be a list of strings");
}

static void read_rule(struct ignore_rules *r, struct buf *problems, const char *where,
                      struct rule *rule, const json_t *body)
{
    read_strings(r, problems, where, json_object_get(body, "jsonPointers"), "jsonPointers",
                 &rule->pointers);
    read_strings(r, problems, where, json_object_get(body, "jqPathExpressions"),
                 "jqPathExpressions", &rule->expressions);
    read_strings(r, problems, where, json_object_get(body, "managedFieldsManagers"),
                 "managedFieldsManagers", &rule->managers);
}

/* A malformed glob would match nothing, silently. */
static void check_globs(struct buf *problems, const char *where, const struct rule *rule)
{
    const char *const names[] = {"group", "kind", "namespace", "name"};
    const char *const globs[] = {rule->group, rule->kind, rule->namespace, rule->name};

    for (size_t i = 0; i < ARRAY_LEN(globs); i++) {
        cleanup_error struct error *err = NULL;

        if (glob_check(globs[i], &err) < 0)
            note_problem(problems, where, names[i], globs[i], error_message(err));
    }
}

static void read_declared(struct ignore_rules *r, const json_t *declared)
{
    const json_t *body;
    size_t i;

    json_array_foreach (declared, i, body) {
        cleanup_free char *where = xasprintf("spec.ignoreDifferences[%zu]", i);
        struct rule *rule =
            add_rule(r, ORIGIN_SPEC, object_string(body, "group"), object_string(body, "kind"),
                     object_string(body, "namespace"), object_string(body, "name"));

        if (!*rule->kind)
            note_problem(&r->problems, where, "kind", "", "is missing");
        check_globs(&r->problems, where, rule);
        read_rule(r, &r->problems, where, rule, body);
    }
}

static void read_system(struct ignore_rules *r, struct buf *problems, const json_t *system)
{
    const char *key;
    json_t *body;

    json_object_foreach ((json_t *)system, key, body) {
        const char *slash = strchr(key, '/');
        bool is_all = streq(key, "all");
        cleanup_free char *group = xstrndup(key, slash ? (size_t)(slash - key) : 0);
        cleanup_free char *where = xasprintf("resource.customizations.ignoreDifferences.%s", key);
        struct rule *rule = add_rule(r, ORIGIN_SYSTEM, is_all ? "*" : group,
                                     is_all ? "*" : (slash ? slash + 1 : key), "", "");

        check_globs(problems, where, rule);
        read_rule(r, problems, where, rule, body);
    }
}

static void on_autoscaled(void *arg, const char *group, const char *kind, const char *ns,
                          const char *name)
{
    struct ignore_rules *r = arg;
    struct rule *rule = add_rule(r, ORIGIN_IMPLIED, group, kind, ns, name);

    strvec_push(&rule->pointers, "/spec/replicas");
}

struct ignore_rules *ignore_rules_new(const json_t *declared, const json_t *system,
                                      const struct desired_set *desired)
{
    struct ignore_rules *r = xcalloc(1, sizeof(*r));
    cleanup_buf struct buf of_system = BUF_UNLIMITED;

    r->refs = 1;
    r->problems = BUF_UNLIMITED;
    r->content = BUF_UNLIMITED;
    read_declared(r, declared);
    read_system(r, &of_system, system);
    autoscaler_targets(desired, on_autoscaled, r);
    r->hash = r->len ? hash64(r->content.data, r->content.len) : 0;
    buf_clear(&r->content);
    return r;
}

struct ignore_rules *ignore_rules_ref(struct ignore_rules *rules)
{
    if (rules)
        rules->refs++;
    return rules;
}

void ignore_rules_unref(struct ignore_rules *rules)
{
    if (!rules || --rules->refs)
        return;
    for (size_t i = 0; i < rules->len; i++) {
        struct rule *rule = &rules->items[i];

        free(rule->group);
        free(rule->kind);
        free(rule->namespace);
        free(rule->name);
        strvec_clear(&rule->pointers);
        strvec_clear(&rule->expressions);
        strvec_clear(&rule->managers);
    }
    free(rules->items);
    buf_clear(&rules->problems);
    free(rules);
}

uint64_t ignore_rules_hash(const struct ignore_rules *rules)
{
    return rules ? rules->hash : 0;
}

/* ---- which rules concern an object ---- */

struct subject {
    const char *group, *kind, *namespace, *name;
};

static bool glob_or_any(const char *pattern, const char *text)
{
    return !*pattern || glob_match(pattern, text, 0);
}

static bool concerns(const struct rule *rule, const struct subject *s)
{
    if (rule->origin == ORIGIN_IMPLIED)
        return streq(rule->name, s->name) && streq(rule->kind, s->kind) &&
               streq(rule->namespace, s->namespace) && streq(rule->group, s->group);
    return glob_match(rule->kind, s->kind, 0) && glob_match(rule->group, s->group, 0) &&
           glob_or_any(rule->namespace, s->namespace) && glob_or_any(rule->name, s->name);
}

bool ignore_rules_match(const struct ignore_rules *rules, const char *group, const char *kind,
                        const char *ns, const char *name)
{
    const struct subject s = {group, kind, ns, name};

    for (size_t i = 0; rules && i < rules->len; i++)
        if (concerns(&rules->items[i], &s))
            return true;
    return false;
}

bool ignore_rules_need_jq(const struct ignore_rules *rules, const char *group, const char *kind,
                          const char *ns, const char *name)
{
    const struct subject s = {group, kind, ns, name};

    for (size_t i = 0; rules && i < rules->len; i++)
        if (rules->items[i].expressions.len && concerns(&rules->items[i], &s))
            return true;
    return false;
}

void ignore_rules_expressions(const struct ignore_rules *rules, const char *group, const char *kind,
                              const char *ns, const char *name, struct strvec *out)
{
    const struct subject s = {group, kind, ns, name};

    for (size_t i = 0; rules && i < rules->len; i++) {
        const struct rule *rule = &rules->items[i];

        for (size_t j = 0; concerns(rule, &s) && j < rule->expressions.len; j++)
            strvec_push(out, rule->expressions.items[j]);
    }
}

bool ignore_rules_imply(const struct ignore_rules *rules, const char *group, const char *kind,
                        const char *ns, const char *name)
{
    const struct subject s = {group, kind, ns, name};

    for (size_t i = 0; rules && i < rules->len; i++)
        if (rules->items[i].origin == ORIGIN_IMPLIED && concerns(&rules->items[i], &s))
            return true;
    return false;
}

/* ---- places ---- */

static void apply_rule(const struct rule *rule, const json_t *desired, const json_t *live,
                       struct ignored *out)
{
    for (size_t i = 0; i < rule->pointers.len; i++) {
        ignore_pointer(out, desired, rule->pointers.items[i]);
        ignore_pointer(out, live, rule->pointers.items[i]);
    }
    for (size_t i = 0; i < rule->managers.len; i++)
        ignore_owned(out, desired, live, rule->managers.items[i]);
}

static void apply_rules(const struct ignore_rules *rules, const json_t *desired, const json_t *live,
                        bool implied_only, struct ignored *out)
{
    cleanup_free char *group = NULL, *version = NULL;
    struct subject s = {.kind = object_string(live, "kind"),
                        .namespace = object_meta_string(live, "namespace"),
                        .name = object_meta_string(live, "name")};

    api_version_parts(object_string(live, "apiVersion"), &group, &version);
    s.group = group;
    for (size_t i = 0; rules && i < rules->len; i++) {
        const struct rule *rule = &rules->items[i];

        if ((!implied_only || rule->origin == ORIGIN_IMPLIED) && concerns(rule, &s))
            apply_rule(rule, desired, live, out);
    }
}

void ignore_rules_apply(const struct ignore_rules *rules, const json_t *desired, const json_t *live,
                        const json_t *desired_paths, const json_t *live_paths, struct ignored *out)
{
    apply_rules(rules, desired, live, false, out);
    ignore_paths(out, desired, desired_paths);
    ignore_paths(out, live, live_paths);
}

void ignore_rules_apply_implied(const struct ignore_rules *rules, const json_t *desired,
                                const json_t *live, struct ignored *out)
{
    apply_rules(rules, desired, live, true, out);
}

/* ---- what is wrong ---- */

static void report_jq(struct buf *problems, const struct ignore_rules *rules,
                      const struct jq_worker *jq)
{
    size_t number = 0;

    for (size_t i = 0; i < rules->len && rules->items[i].origin == ORIGIN_SPEC; i++, number++) {
        const struct strvec *expressions = &rules->items[i].expressions;
        cleanup_free char *where = xasprintf("spec.ignoreDifferences[%zu]", number);

        for (size_t j = 0; j < expressions->len; j++) {
            const char *why = jq_worker_problem(jq, expressions->items[j]);

            if (why)
                note_problem(problems, where, "jqPathExpressions", expressions->items[j], why);
        }
    }
}

char *ignore_rules_report(const struct ignore_rules *rules, const struct jq_worker *jq)
{
    cleanup_buf struct buf problems = BUF_UNLIMITED;

    if (!rules)
        return NULL;
    buf_puts(&problems, rules->problems.data);
    if (jq)
        report_jq(&problems, rules, jq);
    if (!problems.len)
        return NULL;
    buf_puts(&problems, ": not applied; the other rules are");
    return buf_take(&problems);
}
