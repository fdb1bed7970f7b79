/* SPDX-License-Identifier: Apache-2.0 */
/* The expectations are what kube-apiserver 1.36 does; tests/contract asks both the same. */
#include "tests/sandbox/apply.h"

#include "tests/test.h"

#include "lib/base/mem.h"

#define T0 1767225600000LL /* 2026-01-01T00:00:00Z */

/* With ' for ". */
static json_t *doc(const char *text)
{
    cleanup_free char *json = xstrdup(text);
    json_error_t error;
    json_t *value;

    for (char *c = json; *c; c++)
        if (*c == '\'')
            *c = '"';
    value = json_loads(json, 0, &error);
    if (!value)
        fail_msg("%s in %s", error.text, text);
    return value;
}

static void expect_json(const json_t *got, const char *want)
{
    json_t *expected = doc(want);
    bool equal = json_equal(got, expected);

    if (!equal) {
        cleanup_free char *text = json_dumps(got, JSON_SORT_KEYS | JSON_ENCODE_ANY);

        print_error("got  %s\nwant %s\n", text, want);
    }
    json_decref(expected);
    EXPECT(equal);
}

static struct apply_options config_map(const char *manager)
{
    return (struct apply_options){.manager = manager,
                                  .api_version = "v1",
                                  .kind = "ConfigMap",
                                  .type = kube_schema_builtin("", "v1", "ConfigMap"),
                                  .now_ms = T0};
}

static struct apply_options deployment(const char *manager)
{
    return (struct apply_options){.manager = manager,
                                  .api_version = "apps/v1",
                                  .kind = "Deployment",
                                  .type = kube_schema_builtin("apps", "v1", "Deployment"),
                                  .reset = apply_reset_fields(true, false, NULL),
                                  .now_ms = T0};
}

/* Replaces *live by what the apply makes of it. */
static void apply(json_t **live, const struct apply_options *o, const char *text)
{
    struct error *err = NULL;
    json_t *applied = doc(text), *out = NULL, *causes = NULL;

    EXPECT_OK(apply_merge(*live, applied, o, &out, &causes, &err));
    EXPECT_NULL(causes);
    json_decref(applied);
    json_decref(*live);
    *live = out;
}

/* The apply fails and the message is this. */
static void apply_fails(const json_t *live, const struct apply_options *o, const char *text,
                        int code, const char *message)
{
    cleanup_error struct error *err = NULL;
    json_t *applied = doc(text), *out = NULL, *causes = NULL;

    EXPECT_INT(apply_merge(live, applied, o, &out, &causes, &err), -1);
    EXPECT_NULL(out);
    EXPECT_INT(error_code(err), code);
    EXPECT_CONTAINS(error_message(err), message);
    json_decref(applied);
    json_decref(causes);
}

static void update(json_t **live, const struct apply_options *o, const char *text)
{
    json_t *after = doc(text);

    apply_track_update(*live, after, o);
    json_decref(*live);
    *live = after;
}

static const json_t *entry(const json_t *object, size_t index)
{
    return json_array_get(json_object_get(json_object_get(object, "metadata"), "managedFields"),
                          index);
}

static void expect_fields(const json_t *object, size_t index, const char *manager,
                          const char *operation, const char *fields)
{
    const json_t *e = entry(object, index);

    if (!e)
        fail_msg("no entry %zu", index);
    EXPECT_STR(json_string_value(json_object_get(e, "manager")), manager);
    EXPECT_STR(json_string_value(json_object_get(e, "operation")), operation);
    expect_json(json_object_get(e, "fieldsV1"), fields);
}

#define CM(data) "{'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': 'c'}" data "}"

TEST(apply_creates_and_owns_what_it_declares)
{
    struct apply_options o = config_map("one");
    json_t *live = NULL;

    apply(&live, &o, CM(", 'data': {'a': '1'}"));
    expect_json(live,
                "{'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': 'c', "
                "'managedFields': [{'manager': 'one', 'operation': 'Apply', 'apiVersion': 'v1', "
                "'time': '2026-01-01T00:00:00Z', 'fieldsType': 'FieldsV1', 'fieldsV1': "
                "{'f:data': {'f:a': {}}}}]}, 'data': {'a': '1'}}");
    json_decref(live);
}

TEST(what_is_not_declared_any_more_goes)
{
    struct apply_options o = config_map("one");
    json_t *live = NULL;

    apply(&live, &o, CM(", 'data': {'a': '1', 'b': '2'}"));
    apply(&live, &o, CM(", 'data': {'b': '2'}"));
    expect_json(json_object_get(live, "data"), "{'b': '2'}");
    expect_fields(live, 0, "one", "Apply", "{'f:data': {'f:b': {}}}");
    apply(&live, &o, CM(""));
    EXPECT_NULL(json_object_get(live, "data"));
    EXPECT_NULL(entry(live, 0));
    json_decref(live);
}

TEST(what_another_owns_too_stays)
{
    struct apply_options one = config_map("one"), two = config_map("two");
    json_t *live = NULL;

    apply(&live, &one, CM(", 'data': {'a': '1', 'b': '2'}"));
    apply(&live, &two, CM(", 'data': {'a': '1'}"));
    apply(&live, &one, CM(""));
    expect_json(json_object_get(live, "data"), "{'a': '1'}");
    expect_fields(live, 0, "two", "Apply", "{'f:data': {'f:a': {}}}");
    json_decref(live);
}

TEST(a_conflict_names_manager_and_field)
{
    struct apply_options one = config_map("one"), edit = config_map("kubectl-edit");
    json_t *live = NULL;

    apply(&live, &one, CM(", 'data': {'a': '1'}"));
    update(&live, &edit, CM(", 'data': {'a': '2', 'b': '2'}"));
    EXPECT_NULL(entry(live, 1)); /* the first one owns nothing any more */
    apply_fails(live, &one, CM(", 'data': {'a': '1'}"), 409,
                "Apply failed with 1 conflict: conflict with \"kubectl-edit\" using v1: .data.a");
    apply_fails(live, &one, CM(", 'data': {'a': '1', 'b': '1'}"), 409,
                "Apply failed with 2 conflicts: conflicts with \"kubectl-edit\" using v1:\n"
                "- .data.a\n- .data.b");
    json_decref(live);
}

TEST(force_takes_the_field)
{
    struct apply_options one = config_map("one"), two = config_map("two");
    json_t *live = NULL;

    apply(&live, &one, CM(", 'data': {'a': '1', 'b': '1'}"));
    apply_fails(live, &two, CM(", 'data': {'a': '2'}"), 409, "conflict with \"one\": .data.a");
    two.force = true;
    apply(&live, &two, CM(", 'data': {'a': '2'}"));
    expect_json(json_object_get(live, "data"), "{'a': '2', 'b': '1'}");
    expect_fields(live, 0, "one", "Apply", "{'f:data': {'f:b': {}}}");
    expect_fields(live, 1, "two", "Apply", "{'f:data': {'f:a': {}}}");
    json_decref(live);
}

TEST(an_object_without_owners_belongs_to_before_first_apply)
{
    struct apply_options one = config_map("one");
    json_t *live = doc("{'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': 'c', "
                       "'uid': 'u'}, 'data': {'a': '1', 'b': '1'}}");

    apply_fails(live, &one, CM(", 'data': {'a': '2'}"), 409,
                "conflict with \"before-first-apply\" using v1: .data.a");
    apply(&live, &one, CM(", 'data': {'a': '1'}"));
    expect_fields(live, 1, "before-first-apply", "Update",
                  "{'f:data': {'.': {}, 'f:a': {}, 'f:b': {}}}");
    json_decref(live);
}

#define DEPLOYMENT(spec)                                                                           \
    "{'apiVersion': 'apps/v1', 'kind': 'Deployment', 'metadata': {'name': 'd'}, 'spec': {" spec "}}"
#define CONTAINERS(list) DEPLOYMENT("'template': {'spec': {'containers': [" list "]}}")

static const json_t *containers(const json_t *object)
{
    const json_t *spec = json_object_get(object, "spec");

    return json_object_get(json_object_get(json_object_get(spec, "template"), "spec"),
                           "containers");
}

TEST(items_of_a_list_map_have_owners_of_their_own)
{
    struct apply_options one = deployment("one"), two = deployment("two");
    json_t *live = NULL;

    apply(&live, &one, CONTAINERS("{'name': 'a', 'image': 'a:1'}"));
    apply(&live, &two,
          CONTAINERS("{'name': 'b', 'image': 'b:1', 'ports': [{'containerPort': 80}]}"));
    expect_json(containers(live),
                "[{'name': 'a', 'image': 'a:1'}, {'name': 'b', 'image': 'b:1', 'ports': "
                "[{'containerPort': 80}]}]");
    expect_fields(live, 1, "two", "Apply",
                  "{'f:spec': {'f:template': {'f:spec': {'f:containers': {'k:{\\'name\\':\\'b\\'}':"
                  " {'.': {}, 'f:name': {}, 'f:image': {}, 'f:ports': {"
                  "'k:{\\'containerPort\\':80,\\'protocol\\':\\'TCP\\'}': {'.': {}, "
                  "'f:containerPort': {}}}}}}}}}");
    apply(&live, &one, DEPLOYMENT("'replicas': 1"));
    expect_json(containers(live), "[{'name': 'b', 'image': 'b:1', 'ports': "
                                  "[{'containerPort': 80}]}]");
    json_decref(live);
}

TEST(shared_items_follow_the_order_of_the_apply)
{
    struct apply_options one = deployment("one"), two = deployment("two");
    json_t *live = NULL;

    apply(&live, &one, CONTAINERS("{'name': 'a'}, {'name': 'b'}, {'name': 'c'}"));
    apply(&live, &two, CONTAINERS("{'name': 'c'}, {'name': 'x'}, {'name': 'a'}"));
    expect_json(containers(live), "[{'name': 'b'}, {'name': 'c'}, {'name': 'x'}, {'name': 'a'}]");
    json_decref(live);
}

TEST(what_cannot_be_merged_is_refused)
{
    struct apply_options one = deployment("one");

    apply_fails(NULL, &one, CONTAINERS("{'name': 'a'}, {'name': 'a'}"), 500,
                ".spec.template.spec.containers: duplicate entries for key [name=\"a\"]");
    apply_fails(NULL, &one, CONTAINERS("'a'"), 500,
                ".spec.template.spec.containers: element 0: associative list with keys may not "
                "have non-map elements");
    apply_fails(NULL, &one, DEPLOYMENT("'replcas': 1"), 500,
                "(/d; apps/v1, Kind=Deployment): .spec.replcas: field not declared in schema");
    apply_fails(NULL, &one, CM(""), 400, "invalid object type: /v1, Kind=ConfigMap");
}

TEST(a_set_has_values_as_owners_keys)
{
    struct apply_options one = config_map("one"), two = config_map("two");
    json_t *live = NULL;

    apply(&live, &one,
          "{'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': 'c', 'finalizers': "
          "['a/a', 'b/b']}}");
    apply(&live, &two,
          "{'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': 'c', 'finalizers': "
          "['b/b', 'c/c']}}");
    expect_json(json_object_get(json_object_get(live, "metadata"), "finalizers"),
                "['a/a', 'b/b', 'c/c']");
    expect_fields(live, 0, "one", "Apply",
                  "{'f:metadata': {'f:finalizers': {'v:\\'a/a\\'': {}, 'v:\\'b/b\\'': {}}}}");
    apply(&live, &one, CM(""));
    expect_json(json_object_get(json_object_get(live, "metadata"), "finalizers"), "['b/b', 'c/c']");
    json_decref(live);
}

TEST(an_update_owns_what_it_changes)
{
    struct apply_options create = config_map("creator"), edit = config_map("editor");
    json_t *live = NULL;

    update(&live, &create, CM(", 'data': {'a': '1', 'b': '1'}"));
    expect_fields(live, 0, "creator", "Update", "{'f:data': {'.': {}, 'f:a': {}, 'f:b': {}}}");
    edit.now_ms += 60000;
    update(&live, &edit, CM(", 'data': {'a': '2', 'b': '1'}"));
    expect_fields(live, 0, "creator", "Update", "{'f:data': {'.': {}, 'f:b': {}}}");
    expect_fields(live, 1, "editor", "Update", "{'f:data': {'f:a': {}}}");
    update(&live, &edit, CM(""));
    EXPECT_NULL(entry(live, 0));
    json_decref(live);
}

TEST(structs_that_are_always_there_are_not_owned)
{
    struct apply_options o = deployment("creator");
    json_t *live = NULL;

    update(&live, &o,
           DEPLOYMENT("'template': {'metadata': {'labels': {'app': 'a'}}, 'spec': {'containers': "
                      "[{'name': 'a'}]}}, 'strategy': {'rollingUpdate': {'maxSurge': 1}}"));
    expect_fields(live, 0, "creator", "Update",
                  "{'f:spec': {'f:strategy': {'f:rollingUpdate': {'.': {}, 'f:maxSurge': {}}}, "
                  "'f:template': {'f:metadata': {'f:labels': {'.': {}, 'f:app': {}}}, 'f:spec': "
                  "{'f:containers': {'k:{\\'name\\':\\'a\\'}': {'.': {}, 'f:name': {}}}}}}}");
    json_decref(live);
}

TEST(a_status_write_is_an_entry_of_its_own)
{
    struct apply_options one = deployment("one"), status = deployment("one");
    json_t *live = NULL;

    status.subresource = "status";
    status.reset = apply_reset_fields(true, false, "status");
    apply(&live, &one, DEPLOYMENT("'replicas': 1"));
    apply(&live, &status,
          "{'apiVersion': 'apps/v1', 'kind': 'Deployment', 'metadata': {'name': 'd'}, 'status': "
          "{'replicas': 1}}");
    expect_fields(live, 0, "one", "Apply", "{'f:spec': {'f:replicas': {}}}");
    expect_fields(live, 1, "one", "Apply", "{'f:status': {'f:replicas': {}}}");
    EXPECT_STR(json_string_value(json_object_get(entry(live, 1), "subresource")), "status");
    json_decref(live);
}

TEST(an_empty_list_of_entries_drops_all)
{
    struct apply_options o = config_map("one");
    json_t *live = NULL;

    update(&live, &o, CM(", 'data': {'a': '1'}"));
    update(&live, &o,
           "{'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': 'c', 'managedFields': "
           "[{}]}, 'data': {'a': '2'}}");
    EXPECT_NULL(entry(live, 0));
    json_decref(live);
}

TEST(the_oldest_of_many_updaters_become_one)
{
    json_t *live = NULL;

    for (int i = 0; i < 13; i++) {
        cleanup_free char *name = xasprintf("updater-%02d", i);
        cleanup_free char *value = xasprintf("%d", i);
        struct apply_options o = config_map(name);
        json_t *after = live ? json_deep_copy(live) : doc(CM(", 'data': {}"));

        o.now_ms += i * 1000LL;
        json_object_set_new(json_object_get(after, "data"), name, json_string(value));
        apply_track_update(live, after, &o);
        json_decref(live);
        live = after;
    }
    EXPECT_INT(json_array_size(json_object_get(json_object_get(live, "metadata"), "managedFields")),
               10);
    expect_fields(live, 0, "ancient-changes", "Update",
                  "{'f:data': {'.': {}, 'f:updater-00': {}, 'f:updater-01': {}, 'f:updater-02': "
                  "{}, 'f:updater-03': {}}}");
    json_decref(live);
}

#define ANNOTATED                                                                                  \
    "{'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': 'c', 'annotations': "          \
    "{'kubectl.kubernetes.io/last-applied-configuration': '{\\'apiVersion\\':\\'v1\\',"            \
    "\\'kind\\':\\'ConfigMap\\',\\'metadata\\':{\\'name\\':\\'c\\'},\\'data\\':{\\'a\\':"          \
    "\\'1\\'}}'}}, 'data': {'a': '1'}}"

TEST(kubectl_takes_over_from_its_client_side_apply)
{
    struct apply_options client = config_map("kubectl-client-side-apply");
    struct apply_options server = config_map("kubectl"), other = config_map("other");
    const json_t *annotations;
    json_t *live = NULL;

    update(&live, &client, ANNOTATED);
    apply_fails(live, &other, CM(", 'data': {'a': '2'}"), 409,
                "conflict with \"kubectl-client-side-apply\" using v1: .data.a");
    apply(&live, &server, CM(", 'data': {'a': '2'}"));
    expect_json(json_object_get(live, "data"), "{'a': '2'}");
    annotations = json_object_get(json_object_get(live, "metadata"), "annotations");
    EXPECT_STR(json_string_value(json_object_get(
                   annotations, "kubectl.kubernetes.io/last-applied-configuration")),
               "{\"apiVersion\":\"v1\",\"data\":{\"a\":\"2\"},\"kind\":\"ConfigMap\","
               "\"metadata\":{\"name\":\"c\"}}\n");
    json_decref(live);
}

TEST(a_write_that_only_changes_times_changes_nothing)
{
    struct apply_options o = config_map("one");
    json_t *live = NULL, *again = NULL;

    apply(&live, &o, CM(", 'data': {'a': '1'}"));
    again = json_deep_copy(live);
    json_object_set_new(
        json_array_get(json_object_get(json_object_get(again, "metadata"), "managedFields"), 0),
        "time", json_string("2026-02-02T00:00:00Z"));
    apply_settle(live, again);
    EXPECT(json_equal(live, again));
    json_decref(again);
    json_decref(live);
}

/* Nothing is known about the fields: maps by field, lists as a whole. */
TEST(without_a_schema_maps_merge_and_lists_do_not)
{
    struct apply_options one = {
        .manager = "one", .api_version = "example.com/v1", .kind = "Thing", .now_ms = T0};
    struct apply_options two = one;
    json_t *live = NULL;

    two.manager = "two";
    apply(&live, &one,
          "{'apiVersion': 'example.com/v1', 'kind': 'Thing', 'metadata': {'name': 't'}, 'spec': "
          "{'map': {'a': 1}, 'list': [1, 2]}}");
    apply(&live, &two,
          "{'apiVersion': 'example.com/v1', 'kind': 'Thing', 'metadata': {'name': 't'}, 'spec': "
          "{'map': {'b': 2}}}");
    expect_json(json_object_get(live, "spec"), "{'map': {'a': 1, 'b': 2}, 'list': [1, 2]}");
    apply_fails(live, &two,
                "{'apiVersion': 'example.com/v1', 'kind': 'Thing', 'metadata': {'name': 't'}, "
                "'spec': {'list': [3]}}",
                409, "conflict with \"one\": .spec.list");
    json_decref(live);
}

static struct apply_options thing(const char *manager)
{
    return (struct apply_options){
        .manager = manager, .api_version = "example.com/v1", .kind = "Thing", .now_ms = T0};
}

#define THING(spec)                                                                                \
    "{'apiVersion': 'example.com/v1', 'kind': 'Thing', 'metadata': {'name': 't'}, 'spec': " spec "}"

TEST(a_map_that_becomes_a_scalar_takes_the_owners_of_its_fields_along)
{
    struct apply_options one = thing("one"), edit = thing("edit");
    json_t *live = NULL;

    apply(&live, &one, THING("{'x': {'y': 1}, 'z': 1}"));
    update(&live, &edit, THING("{'x': 1, 'z': 1}"));
    expect_fields(live, 0, "one", "Apply", "{'f:spec': {'.': {}, 'f:z': {}}}");
    expect_fields(live, 1, "edit", "Update", "{'f:spec': {'f:x': {}}}");
    json_decref(live);
}

TEST(what_an_apply_empties_becomes_null)
{
    struct apply_options one = thing("one");
    json_t *live = NULL;

    apply(&live, &one, THING("{'x': {'y': 1}}"));
    apply(&live, &one, THING("{'x': {}}"));
    expect_json(json_object_get(live, "spec"), "{'x': null}");
    json_decref(live);
}

TEST(conflicts_are_told_by_manager_and_appliers_come_first)
{
    struct apply_options two = config_map("two"), edit = config_map("two"), one = config_map("one");
    json_t *live = NULL;

    apply(&live, &two, CM(", 'data': {'a': '1'}"));
    update(&live, &edit, CM(", 'data': {'a': '1', 'b': '1'}"));
    apply(&live, &two, CM(", 'data': {'a': '1'}"));
    apply_fails(live, &one, CM(", 'data': {'a': '2', 'b': '2'}"), 409,
                "Apply failed with 2 conflicts: conflicts with \"two\":\n- .data.a\n"
                "conflicts with \"two\" using v1:\n- .data.b");
    json_decref(live);
}

TEST(a_manager_is_named_by_the_query_or_the_client)
{
    cleanup_free char *named = apply_manager_name("me", "kubectl/v1.36");
    cleanup_free char *client = apply_manager_name(NULL, "kubectl/v1.36 (linux)");
    cleanup_free char *nobody = apply_manager_name("", NULL);

    EXPECT_STR(named, "me");
    EXPECT_STR(client, "kubectl");
    EXPECT_STR(nobody, "unknown");
}
