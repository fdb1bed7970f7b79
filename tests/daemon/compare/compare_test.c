/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/compare/compare.h"
#include "daemon/object/identity.h"
#include "lib/base/buf.h"
#include "lib/base/vec.h"
#include "lib/doc/yaml.h"
#include "lib/kube/schema.h"
#include "tests/test.h"

#include <dirent.h>
#include <stdio.h>

#define FIXTURES "tests/daemon/fixtures/compare"

static json_t *load(const char *folder, const char *file)
{
    cleanup_free char *path = xasprintf(FIXTURES "/%s/%s", folder, file);
    json_error_t e;
    json_t *o = json_load_file(path, 0, &e);

    if (!o)
        fail_msg("%s:%d: %s", path, e.line, e.text);
    return o;
}

/* The types of the custom kind, as its CRD declares them. */
static const struct kube_type *widget_type(void)
{
    static struct kube_schema *schema;

    if (!schema) {
        cleanup_buf struct buf text = BUF_UNLIMITED;
        cleanup_error struct error *err = NULL;
        FILE *f = fopen(FIXTURES "/widget/schema.txt", "re");
        int c;

        assert_non_null(f);
        while ((c = fgetc(f)) != EOF)
            buf_putc(&text, (char)c);
        fclose(f);
        EXPECT_INT(kube_schema_read(text.data, text.len, &schema, &err), 0);
    }
    return kube_schema_kind(schema, "example.org", "v1", "Widget");
}

static const struct kube_type *type_of(const json_t *object)
{
    const char *version = object_string(object, "apiVersion");
    const char *slash = strchr(version, '/');
    cleanup_free char *group = slash ? xstrndup(version, (size_t)(slash - version)) : xstrdup("");

    if (streq(object_string(object, "kind"), "Widget"))
        return widget_type();
    return kube_schema_builtin(group, slash ? slash + 1 : version, object_string(object, "kind"));
}

/* With the types of the kinds, or as if there were none. */
static bool typed = true;

/* What the CRD of the widgets defaults within an atomic map: no schema tells, and so a widget is
 * undecided. The other tests look at the rest of it. */
static void ignore_default(const json_t *live, struct ignored *ignored)
{
    const json_t *box = json_object_get(json_object_get(live, "spec"), "box");

    if (json_integer_value(json_object_get(box, "height")) == 7)
        ignored_add_field(ignored, box, "height");
}

/* The verdict, and the first place (heap, NULL: none). */
static enum drift verdict(const json_t *desired, const json_t *live, char **path)
{
    cleanup_ignored struct ignored *ignored = ignored_new();
    struct compare_input in = {.desired = desired,
                               .live = live,
                               .type = typed ? type_of(desired) : NULL,
                               .ignored = ignored};
    cleanup_drifts struct drifts drifts = {0};
    enum drift drift;

    ignore_default(live, ignored);
    drift = compare_objects(&in, &drifts);
    EXPECT(!typed || in.type != NULL);
    EXPECT(drifts.len <= drifts.total);
    *path = drifts.len ? xstrdup(drifts.items[0].path) : NULL;
    return drift;
}

static void expect(const char *what, const json_t *desired, const json_t *live, enum drift want)
{
    cleanup_free char *path = NULL;
    enum drift got = verdict(desired, live, &path);

    if (got != want)
        fail_msg("%s: drift %s at %s, expected %s", what, drift_name(got), path ? path : "-",
                 drift_name(want));
    EXPECT(got == DRIFT_NONE || got == DRIFT_ADOPT ? path == NULL : path != NULL);
}

static void list_fixtures(struct strvec *names)
{
    DIR *d = opendir(FIXTURES);
    struct dirent *e;

    assert_non_null(d);
    while ((e = readdir(d)))
        if (!strchr(e->d_name, '.') && !streq(e->d_name, "record"))
            strvec_push(names, e->d_name);
    closedir(d);
    strvec_sort(names);
    EXPECT(names->len >= 30);
}

static json_t *fields_of(json_t *live)
{
    json_t *managers = json_object_get(json_object_get(live, "metadata"), "managedFields");
    size_t i;
    json_t *entry;

    json_array_foreach (managers, i, entry)
        if (streq(object_string(entry, "manager"), FIELD_MANAGER))
            return json_object_get(entry, "fieldsV1");
    fail_msg("no fields of ours");
    return NULL;
}

TEST(what_the_server_made_of_an_applied_object_is_no_drift)
{
    cleanup_strvec struct strvec names = {0};

    list_fixtures(&names);
    for (size_t i = 0; i < names.len; i++) {
        cleanup_json json_t *desired = load(names.items[i], "desired.json");
        cleanup_json json_t *live = load(names.items[i], "live.json");

        expect(names.items[i], desired, live, DRIFT_NONE);
    }
}

/* One value of a declared object that has no parts, and its twin in the live object. */
struct leaf {
    json_t *parent, *twin; /* maps or lists; twin may be NULL */
    const char *field;     /* in a map */
    size_t index;          /* in a list */
    char *path;
};
typedef void leaf_fn(void *arg, const struct leaf *leaf);

static bool is_identity(const char *path)
{
    return streq(path, "/apiVersion") || streq(path, "/kind") || streq(path, "/metadata/name") ||
           streq(path, "/metadata/namespace");
}

static json_t *child(json_t *parent, const struct leaf *l)
{
    return l->field ? json_object_get(parent, l->field) : json_array_get(parent, l->index);
}

static void child_set(json_t *parent, const struct leaf *l, json_t *v)
{
    if (l->field)
        json_object_set_new(parent, l->field, v);
    else
        json_array_set_new(parent, l->index, v);
}

/* The server sorts some lists: the item with the same scalars, or else the one at the same index.
 */
static json_t *twin_of(json_t *parent, json_t *twin, const struct leaf *l)
{
    json_t *declared = child(parent, l);
    size_t i;
    json_t *item;

    json_array_foreach (twin, i, item) {
        const char *field;
        json_t *v;
        bool same = json_is_object(declared);

        json_object_foreach (declared, field, v)
            if (!json_is_object(v) && !json_is_array(v))
                same = same && json_equal(v, json_object_get(item, field));
        if (same)
            return item;
    }
    return child(twin, l);
}

static void walk(json_t *node, json_t *twin, const char *path, leaf_fn *fn, void *arg)
{
    json_t *names = json_array();
    size_t count = json_is_array(node) ? json_array_size(node) : json_object_size(node);
    const char *name;
    json_t *v;

    json_object_foreach (node, name, v)
        json_array_append_new(names, json_string(name));
    for (size_t i = 0; i < count; i++) {
        struct leaf here = {.parent = node, .twin = twin, .index = i};
        cleanup_free char *below = NULL;

        here.field = json_string_value(json_array_get(names, i));
        below = here.field ? xasprintf("%s/%s", path, here.field) : xasprintf("%s/%zu", path, i);
        here.path = below;
        v = child(node, &here);
        if (is_identity(below))
            continue;
        if (json_object_size(v) || json_array_size(v))
            walk(v, twin_of(node, twin, &here), below, fn, arg);
        else
            fn(arg, &here);
    }
    json_decref(names);
}

struct subject {
    const char *name;
    json_t *desired, *live;
    size_t count;
    struct strvec unseen;
};

/* Runs `fn` for each leaf that each fixture declares, and sums up. */
static void for_each_leaf(leaf_fn *fn, size_t *count, struct strvec *unseen)
{
    cleanup_strvec struct strvec names = {0};

    list_fixtures(&names);
    for (size_t i = 0; i < names.len; i++) {
        cleanup_json json_t *desired = load(names.items[i], "desired.json");
        cleanup_json json_t *live = load(names.items[i], "live.json");
        struct subject s = {.name = names.items[i], .desired = desired, .live = live};

        walk(desired, live, "", fn, &s);
        *count += s.count;
        for (size_t k = 0; k < s.unseen.len; k++)
            strvec_push(unseen, s.unseen.items[k]);
        strvec_clear(&s.unseen);
    }
}

static void expect_unseen(const struct strvec *got, const char *const *want, size_t count)
{
    for (size_t i = 0; i < got->len; i++) {
        bool known = false;

        for (size_t k = 0; k < count; k++)
            known |= streq(got->items[i], want[k]);
        if (!known)
            fail_msg("unseen: %s", got->items[i]);
    }
    EXPECT_INT(got->len, count);
}

static json_t *another_value(const json_t *v)
{
    if (json_is_string(v)) {
        cleanup_free char *text = xasprintf("7%s1", json_string_value(v));

        return json_string(text);
    }
    if (json_is_integer(v))
        return json_integer(json_integer_value(v) + 3);
    if (json_is_real(v))
        return json_real(json_real_value(v) + 0.25);
    return json_boolean(!json_is_true(v));
}

static void change_in_live(void *arg, const struct leaf *l)
{
    struct subject *s = arg;
    json_t *was = child(l->twin, l);
    cleanup_free char *what = xasprintf("%s%s changed", s->name, l->path);

    if (!was || json_is_object(was) || json_is_array(was) || json_is_null(was))
        return;
    json_incref(was);
    child_set(l->twin, l, another_value(was));
    expect(what, s->desired, s->live, DRIFT_VALUE);
    child_set(l->twin, l, was);
    s->count++;
}

TEST(another_value_of_any_declared_field_is_drift)
{
    cleanup_strvec struct strvec unseen = {0};
    size_t count = 0;

    for_each_leaf(change_in_live, &count, &unseen);
    EXPECT(count > 300);
}

static void change_in_desired(void *arg, const struct leaf *l)
{
    struct subject *s = arg;
    json_t *was = child(l->parent, l);
    cleanup_free char *path = NULL;

    if (json_is_object(was) || json_is_array(was) || json_is_null(was))
        return;
    json_incref(was);
    child_set(l->parent, l, another_value(was));
    if (verdict(s->desired, s->live, &path) == DRIFT_NONE)
        strvec_pushf(&s->unseen, "%s%s", s->name, l->path);
    child_set(l->parent, l, was);
    s->count++;
}

TEST(another_declared_value_is_drift)
{
    cleanup_strvec struct strvec unseen = {0};
    size_t count = 0;

    for_each_leaf(change_in_desired, &count, &unseen);
    EXPECT(count > 300);
    expect_unseen(&unseen, NULL, 0);
}

static void remove_from_desired(void *arg, const struct leaf *l)
{
    struct subject *s = arg;
    cleanup_json json_t *was = json_incref(child(l->parent, l));
    cleanup_free char *path = NULL;

    if (json_is_null(was))
        return;
    if (l->field)
        json_object_del(l->parent, l->field);
    else
        json_array_remove(l->parent, l->index);
    if (verdict(s->desired, s->live, &path) == DRIFT_NONE)
        strvec_pushf(&s->unseen, "%s%s", s->name, l->path);
    if (l->field)
        json_object_set(l->parent, l->field, was);
    else
        json_array_insert(l->parent, l->index, was);
    s->count++;
}

TEST(a_field_that_is_declared_no_more_is_drift)
{
    static const char *const same[] = {
        /* The server derives these. */
        "limitrange/spec/limits/0/default/cpu",
        "limitrange/spec/limits/0/default/memory",
        "limitrange/spec/limits/0/defaultRequest/cpu",
        /* What the server fills in is what was declared. */
        "networkpolicy/spec/ingress/0/ports/1/protocol",
        "rolebinding/roleRef/apiGroup",
    };
    cleanup_strvec struct strvec unseen = {0};
    size_t count = 0;

    for_each_leaf(remove_from_desired, &count, &unseen);
    EXPECT(count > 300);
    strvec_sort(&unseen);
    expect_unseen(&unseen, same, ARRAY_LEN(same));
}

/* Remove the n-th leaf of a fieldsV1, with the parents that then are empty. */
static bool remove_owned(json_t *node, size_t *n, char **removed)
{
    const char *name;
    void *next;
    json_t *v;

    json_object_foreach_safe(node, next, name, v)
    {
        bool is_leaf = json_object_size(v) == 0;

        if (streq(name, ".") || (is_leaf && (*n)-- > 0))
            continue;
        if (!is_leaf && !remove_owned(v, n, removed))
            continue;
        if (is_leaf)
            *removed = xstrdup(name);
        if (json_object_size(v) == 0)
            json_object_del(node, name);
        return true;
    }
    return false;
}

TEST(a_declared_field_that_somebody_took_is_drift)
{
    /* Empty maps and lists, and null, say nothing that could be taken while nobody fills them. */
    static const char *const empty[] = {
        "clusterrole-aggregated f:rules", "statefulset f:creationTimestamp", "widget f:none",
        "widget f:box", /* a part of it is ignored */
    };
    cleanup_strvec struct strvec names = {0};
    cleanup_strvec struct strvec unseen = {0};
    size_t count = 0;

    list_fixtures(&names);
    for (size_t i = 0; i < names.len; i++) {
        cleanup_json json_t *desired = load(names.items[i], "desired.json");

        for (size_t leaf = 0;; leaf++) {
            cleanup_json json_t *live = load(names.items[i], "live.json");
            cleanup_free char *removed = NULL;
            cleanup_free char *path = NULL;
            size_t n = leaf;
            enum drift drift;

            if (!remove_owned(fields_of(live), &n, &removed))
                break;
            count++;
            drift = verdict(desired, live, &path);
            if (drift == DRIFT_NONE || drift == DRIFT_UNDECIDED)
                strvec_pushf(&unseen, "%s %s", names.items[i], removed);
            else if (drift != DRIFT_NOT_OURS)
                fail_msg("%s %s: %s", names.items[i], removed, drift_name(drift));
        }
    }
    EXPECT(count > 250);
    expect_unseen(&unseen, empty, ARRAY_LEN(empty));
}

TEST(what_others_did_to_an_object)
{
    static const struct {
        const char *folder, *file;
        enum drift drift;
        const char *path;
    } cases[] = {
        {"deployment", "live-scaled.json", DRIFT_NOT_OURS, ".spec.replicas"},
        {"deployment", "live-image.json", DRIFT_NOT_OURS,
         ".spec.template.spec.containers[name=web].image"},
        {"deployment", "live-env.json", DRIFT_NOT_OURS,
         ".spec.template.spec.containers[name=web].env[name=MODE].value"},
        {"deployment", "live-labelled.json", DRIFT_NOT_OURS, ".metadata.labels"},
        {"deployment", "live-taken.json", DRIFT_NOT_OURS,
         ".spec.template.spec.containers[name=sidecar]"},
        {"deployment", "live-annotated.json", DRIFT_NONE, NULL},
        {"deployment", "live-restarted.json", DRIFT_NONE, NULL},
        {"deployment", "live-resources.json", DRIFT_NONE, NULL},
        {"configmap", "live-edited.json", DRIFT_NOT_OURS, ".data.number"},
        {"configmap", "live-removed.json", DRIFT_NOT_OURS, ".data.empty"},
        {"configmap", "live-added.json", DRIFT_NONE, NULL},
        /* The mark of `data: {}` is lost to whoever adds the first key. */
        {"configmap-empty", "live-filled.json", DRIFT_NOT_OURS, ".data"},
        {"configmap-empty", "live-labelled.json", DRIFT_NOT_OURS, ".metadata.labels"},
        {"networkpolicy-deny", "live-opened.json", DRIFT_NOT_OURS, ".spec.ingress"},
        {"networkpolicy-deny", "live-narrowed.json", DRIFT_NOT_OURS, ".spec.podSelector"},
        {"service", "live-port.json", DRIFT_UNDECIDED, ".spec.ports"}, /* reordered */
        {"clusterrole", "live-verbs.json", DRIFT_NOT_OURS, ".rules"},
        {"widget", "live-colour.json", DRIFT_NONE, NULL},
        {"widget", "live-box.json", DRIFT_NOT_OURS, ".spec.box"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_json json_t *desired = load(cases[i].folder, "desired.json");
        cleanup_json json_t *live = load(cases[i].folder, cases[i].file);
        cleanup_free char *path = NULL;
        enum drift drift = verdict(desired, live, &path);

        if (drift != cases[i].drift || !streq(path, cases[i].path))
            fail_msg("%s %s: %s at %s", cases[i].folder, cases[i].file, drift_name(drift),
                     path ? path : "-");
    }
}

TEST(an_object_that_we_never_applied_is_adopted)
{
    cleanup_json json_t *desired = load("configmap", "desired.json");
    cleanup_json json_t *live = load("configmap", "live.json");
    json_t *entry =
        json_array_get(json_object_get(json_object_get(live, "metadata"), "managedFields"), 0);

    json_object_set_new(entry, "operation", json_string("Update"));
    expect("our name, but an update", desired, live, DRIFT_ADOPT);
    json_object_set_new(entry, "operation", json_string("Apply"));
    json_object_set_new(entry, "subresource", json_string("status"));
    expect("our name, but its status", desired, live, DRIFT_ADOPT);
    json_object_del(entry, "subresource");
    expect("ours", desired, live, DRIFT_NONE);
    json_object_set_new(entry, "manager", json_string("kubectl"));
    expect("another manager", desired, live, DRIFT_ADOPT);
    json_object_del(json_object_get(live, "metadata"), "managedFields");
    expect("nobody", desired, live, DRIFT_ADOPT);
}

TEST(another_version_must_be_applied_again)
{
    cleanup_json json_t *desired = load("hpa", "desired.json");
    cleanup_json json_t *live = load("hpa", "live.json");
    cleanup_free char *path = NULL;

    json_object_set_new(desired, "apiVersion", json_string("autoscaling/v1"));
    EXPECT_INT(verdict(desired, live, &path), DRIFT_UNDECLARED);
    EXPECT_STR(path, ".apiVersion");
}

TEST(the_path_quotes_what_is_no_plain_name)
{
    cleanup_json json_t *desired = load("configmap", "desired.json");
    cleanup_json json_t *live = load("configmap", "live.json");
    cleanup_free char *path = NULL;

    json_object_set_new(json_object_get(live, "data"), "a.conf", json_string("other"));
    EXPECT_INT(verdict(desired, live, &path), DRIFT_VALUE);
    EXPECT_STR(path, ".data[\"a.conf\"]");
}

TEST(items_that_nobody_declares_any_more_are_seen_without_their_list)
{
    cleanup_json json_t *desired = load("deployment", "desired.json");
    cleanup_json json_t *live = load("deployment", "live.json");
    json_t *web = json_array_get(
        json_object_get(
            json_object_get(json_object_get(json_object_get(desired, "spec"), "template"), "spec"),
            "containers"),
        0);

    EXPECT_STR(object_string(web, "name"), "web");
    json_object_set_new(web, "env", json_array());
    expect("env: []", desired, live, DRIFT_UNDECLARED);
    json_object_del(web, "env");
    expect("no env", desired, live, DRIFT_UNDECLARED);
}

TEST(another_order_of_items_with_keys_and_of_sets_is_for_the_server_to_judge)
{
    cleanup_json json_t *desired = load("widget", "desired.json");
    cleanup_json json_t *live = load("widget", "live.json");
    static const char *const lists[] = {"parts", "colours", "primes"};

    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        json_t *list = json_object_get(json_object_get(live, "spec"), lists[i]);

        json_array_append(list, json_array_get(list, 0));
        json_array_remove(list, 0);
    }
    expect("rotated", desired, live, DRIFT_UNDECIDED);
}

static json_t *rule_list(json_t *object)
{
    return json_object_get(object, "rules");
}

TEST(a_removed_part_of_an_atomic_list_is_seen_in_built_in_kinds)
{
    cleanup_json json_t *desired = load("role", "desired.json");
    cleanup_json json_t *live = load("role", "live.json");
    cleanup_free char *path = NULL;

    json_object_del(json_array_get(rule_list(desired), 0), "resourceNames");
    EXPECT_INT(verdict(desired, live, &path), DRIFT_UNDECLARED);
    EXPECT_STR(path, ".rules[0].resourceNames");
    json_array_clear(rule_list(desired));
    expect("rules: [], which a server might fill", desired, live, DRIFT_UNDECIDED);
}

TEST(what_is_more_in_an_atomic_list_of_a_custom_resource_may_be_a_default)
{
    cleanup_json json_t *desired = load("widget", "desired.json");
    cleanup_json json_t *live = load("widget", "live.json");
    json_t *free_form = json_object_get(json_object_get(live, "spec"), "free");
    json_t *deep = json_object_get(json_object_get(free_form, "nested"), "deep");

    json_object_set_new(json_array_get(deep, 2), "weight", json_integer(1));
    expect("a default?", desired, live, DRIFT_UNDECIDED);
    json_array_append_new(deep, json_integer(3));
    expect("another item", desired, live, DRIFT_VALUE);
}

TEST(what_others_add_is_theirs)
{
    cleanup_strvec struct strvec names = {0};

    list_fixtures(&names);
    for (size_t i = 0; i < names.len; i++) {
        cleanup_json json_t *desired = load(names.items[i], "desired.json");
        cleanup_json json_t *live = load(names.items[i], "live.json");
        json_t *metadata = json_object_get(live, "metadata");

        json_object_set_new(live, "added", json_pack("{s:[i]}", "by", 1));
        json_object_set_new(metadata, "finalizers", json_pack("[s]", "example.org/other"));
        json_object_set_new(json_object_get(metadata, "annotations"), "note", json_string("x"));
        json_object_set_new(live, "status", json_pack("{s:i}", "replicas", 4));
        if (!json_object_get(json_object_get(desired, "metadata"), "finalizers"))
            expect(names.items[i], desired, live, DRIFT_NONE);
    }
}

TEST(spellings_of_the_server_are_no_drift_where_it_has_its_own)
{
    static const struct {
        const char *api_version, *kind, *list, *field, *declared, *live;
        enum drift drift;
    } cases[] = {
        {"v1", "ResourceQuota", "hard", "cpu", "1000m", "1", DRIFT_NONE},
        {"v1", "ResourceQuota", "hard", "cpu", "1000m", "2", DRIFT_VALUE},
        {"v1", "ConfigMap", "data", "cpu", "1000m", "1", DRIFT_VALUE},
        {"v1", "ConfigMap", "data", "sizeLimit", "1000m", "1", DRIFT_VALUE},
        {"v1", "Secret", "data", "a", "YWFh\nYWFh", "YWFhYWFh", DRIFT_NONE},
        {"v1", "Secret", "data", "a", "YWFhYWFh", "YWFhYWFi", DRIFT_VALUE},
        {"v1", "ConfigMap", "data", "a", "YWFh\nYWFh", "YWFhYWFh", DRIFT_VALUE},
        {"v1", "ConfigMap", "binaryData", "a", "YWFh\nYWFh", "YWFhYWFh", DRIFT_NONE},
        {"coordination.k8s.io/v1", "Lease", "spec", "renewTime", "2026-01-01T02:00:00+02:00",
         "2026-01-01T00:00:00Z", DRIFT_NONE},
        {"v1", "ConfigMap", "data", "t", "2026-01-01T02:00:00+02:00", "2026-01-01T00:00:00Z",
         DRIFT_VALUE},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_free char *list = xasprintf("f:%s", cases[i].list);
        cleanup_free char *field = xasprintf("f:%s", cases[i].field);
        cleanup_json json_t *desired =
            json_pack("{s:s, s:s, s:{s:s}}", "apiVersion", cases[i].api_version, "kind",
                      cases[i].kind, cases[i].list, cases[i].field, cases[i].declared);
        cleanup_json json_t *live = json_pack(
            "{s:s, s:s, s:{s:s}, s:{s:[{s:s, s:s, s:s, s:{s:{s:{}}}}]}}", "apiVersion",
            cases[i].api_version, "kind", cases[i].kind, cases[i].list, cases[i].field,
            cases[i].live, "metadata", "managedFields", "manager", FIELD_MANAGER, "operation",
            "Apply", "apiVersion", cases[i].api_version, "fieldsV1", list, field);

        expect(cases[i].declared, desired, live, cases[i].drift);
    }
}

TEST(ten_thousand_items_take_no_time)
{
    json_t *declared = json_array(), *owned = json_object(), *items = json_array();
    cleanup_json json_t *desired = json_pack("{s:s, s:s, s:{s:o}}", "apiVersion", "v1", "kind",
                                             "Service", "spec", "ports", declared);
    cleanup_json json_t *live =
        json_pack("{s:{s:o}, s:{s:[{s:s, s:s, s:s, s:{s:{s:o}}}]}}", "spec", "ports", items,
                  "metadata", "managedFields", "manager", FIELD_MANAGER, "operation", "Apply",
                  "apiVersion", "v1", "fieldsV1", "f:spec", "f:ports", owned);

    for (int i = 0; i < 10000; i++) {
        cleanup_free char *key = xasprintf("k:{\"port\":%d,\"protocol\":\"TCP\"}", i);

        json_array_append_new(declared, json_pack("{s:i}", "port", i));
        json_array_append_new(items, json_pack("{s:i, s:s}", "port", i, "protocol", "TCP"));
        json_object_set_new(owned, key, json_pack("{s:{}, s:{}}", ".", "f:port"));
    }
    expect("as applied", desired, live, DRIFT_NONE);
    json_array_remove(items, 5000);
    expect("one gone", desired, live, DRIFT_VALUE);
}

/* live, as a dry-run would answer: another write's numbers and times. */
static json_t *answer_of(const json_t *live)
{
    json_t *answer = json_deep_copy(live);
    json_t *metadata = json_object_get(answer, "metadata");
    size_t i;
    json_t *entry;

    json_object_set_new(metadata, "resourceVersion", json_string("123456"));
    json_object_set_new(metadata, "generation", json_integer(77));
    json_array_foreach (json_object_get(metadata, "managedFields"), i, entry)
        json_object_set_new(entry, "time", json_string("2030-01-01T00:00:00Z"));
    return answer;
}

static void expect_dry_run(const json_t *live, const json_t *answer, const struct ignored *ignored,
                           enum drift want, const char *path)
{
    cleanup_drifts struct drifts drifts = {0};

    EXPECT_STR(drift_name(compare_dry_run(live, answer, ignored, &drifts)), drift_name(want));
    EXPECT_STR(drifts.len ? drifts.items[0].path : "", path ? path : "");
}

TEST(a_dry_run_that_changes_nothing_is_no_drift)
{
    cleanup_strvec struct strvec names = {0};

    list_fixtures(&names);
    for (size_t i = 0; i < names.len; i++) {
        cleanup_json json_t *live = load(names.items[i], "live.json");
        cleanup_json json_t *answer = answer_of(live);

        expect_dry_run(live, answer, NULL, DRIFT_NONE, NULL);
    }
}

TEST(a_dry_run_names_what_it_would_change)
{
    cleanup_json json_t *live = load("deployment", "live.json");
    cleanup_json json_t *answer = answer_of(live);
    cleanup_ignored struct ignored *ignored = ignored_new();
    json_t *spec = json_object_get(answer, "spec");
    json_t *owned = json_object_get(fields_of(answer), "f:spec");

    json_object_set_new(spec, "replicas", json_integer(71));
    expect_dry_run(live, answer, NULL, DRIFT_VALUE, ".spec.replicas");
    ignored_add_field(ignored, json_object_get(live, "spec"), "replicas");
    expect_dry_run(live, answer, ignored, DRIFT_NONE, NULL);
    json_object_del(spec, "replicas");
    expect_dry_run(live, answer, NULL, DRIFT_UNDECLARED, ".spec.replicas");
    json_object_set(spec, "replicas", json_object_get(json_object_get(live, "spec"), "replicas"));
    json_object_del(owned, "f:replicas");
    expect_dry_run(live, answer, NULL, DRIFT_UNDECLARED, ".spec.replicas");
    expect_dry_run(live, answer, ignored, DRIFT_NONE, NULL);
    expect_dry_run(answer, live, NULL, DRIFT_NOT_OURS, ".spec.replicas");
}

static bool found(const struct drifts *d, const char *path, enum drift drift, const char *manager)
{
    for (size_t i = 0; i < d->len; i++)
        if (streq(d->items[i].path, path) && d->items[i].drift == drift &&
            streq(d->items[i].manager, manager))
            return true;
    return false;
}

TEST(every_place_is_named_with_the_manager_that_took_it)
{
    cleanup_json json_t *desired = load("deployment", "desired.json");
    cleanup_json json_t *live = load("deployment", "live-scaled.json");
    cleanup_drifts struct drifts drifts = {0};
    struct compare_input in = {.desired = desired, .live = live};

    json_object_set_new(json_object_get(live, "spec"), "paused", json_true());
    json_object_set_new(json_object_get(json_object_get(desired, "metadata"), "labels"), "more",
                        json_string("x"));
    EXPECT_STR(drift_name(compare_objects(&in, &drifts)), "not ours");
    EXPECT_INT(drifts.total, 2);
    EXPECT(found(&drifts, ".metadata.labels.more", DRIFT_NOT_OURS, NULL));
    EXPECT(found(&drifts, ".spec.replicas", DRIFT_NOT_OURS, "kubectl"));
}

TEST(at_most_eight_places_are_kept_and_all_are_counted)
{
    cleanup_json json_t *desired = load("configmap", "desired.json");
    cleanup_json json_t *live = load("configmap", "live.json");
    cleanup_drifts struct drifts drifts = {0};
    struct compare_input in = {.desired = desired, .live = live};

    for (int i = 0; i < 20; i++) {
        cleanup_free char *key = xasprintf("more-%d", i);

        json_object_set_new(json_object_get(desired, "data"), key, json_string("x"));
    }
    EXPECT_INT(compare_objects(&in, &drifts), DRIFT_NOT_OURS);
    EXPECT_INT(drifts.len, DRIFTS_MAX);
    EXPECT_INT(drifts.total, 20);
    drifts_clear(&drifts);
    EXPECT_INT(drifts.len, 0);
}

TEST(an_ignored_place_counts_for_nothing)
{
    cleanup_json json_t *desired = load("deployment", "desired.json");
    cleanup_json json_t *live = load("deployment", "live-scaled.json");
    cleanup_ignored struct ignored *ignored = ignored_new();
    struct compare_input in = {.desired = desired, .live = live, .ignored = ignored};
    cleanup_drifts struct drifts drifts = {0};

    ignored_add_field(ignored, json_object_get(live, "spec"), "replicas");
    EXPECT_INT(compare_objects(&in, &drifts), DRIFT_NONE);
    ignored_clear(ignored);
    ignored_add_field(ignored, json_object_get(desired, "spec"), "replicas");
    EXPECT_INT(compare_objects(&in, &drifts), DRIFT_NONE);
    json_object_del(json_object_get(desired, "spec"), "template");
    ignored_add_field(ignored, json_object_get(live, "spec"), "template");
    EXPECT_INT(compare_objects(&in, &drifts), DRIFT_NONE);
}
