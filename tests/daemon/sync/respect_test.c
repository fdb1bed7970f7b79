/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/compare/ignore.h"
#include "daemon/sync/respect.h"
#include "lib/doc/yaml.h"
#include "tests/test.h"

static json_t *yaml(const char *text)
{
    cleanup_error struct error *err = NULL;
    json_t *list = NULL, *doc;

    EXPECT_OK(yaml_parse("test", text, strlen(text), YAML_KUSTOMIZE, &list, &err));
    doc = json_incref(json_array_get(list, 0));
    json_decref(list);
    return doc;
}

#define WEB(meta) "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web" meta "}\n"
#define LIVE(managers, spec)                                                                       \
    "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  resourceVersion: '7'\n"      \
    "  uid: u\n  managedFields:\n" managers spec
#define OURS(fields)                                                                               \
    "  - {manager: gitopsd, operation: Apply, apiVersion: apps/v1, fieldsV1: " fields "}\n"
#define THEIRS(fields)                                                                             \
    "  - {manager: hpa, operation: Update, apiVersion: apps/v1, subresource: scale, "              \
    "fieldsV1: " fields "}\n"

/* `pointers`: a YAML list. `want`: the document without resourceVersion; NULL: as it is. */
static void expect(const char *pointers, const char *desired_text, const char *live_text,
                   const char *want_text)
{
    cleanup_json json_t *list =
        json_pack("[{s:s, s:s, s:o}]", "group", "*", "kind", "*", "jsonPointers", yaml(pointers));
    cleanup_ignore_rules struct ignore_rules *rules = ignore_rules_new(list, NULL, NULL);
    cleanup_json json_t *desired = yaml(desired_text), *live = yaml(live_text);
    cleanup_json json_t *before = json_deep_copy(desired);
    cleanup_json json_t *want = want_text ? yaml(want_text) : NULL;
    cleanup_ignored struct ignored *places = ignored_new();
    cleanup_json json_t *got = NULL;

    ignore_rules_apply(rules, desired, live, NULL, NULL, places);
    got = respect_build(desired, live, places);
    EXPECT(json_equal(desired, before));
    if (want)
        json_object_set_new(json_object_get(want, "metadata"), "resourceVersion", json_string("7"));
    if (!json_equal(got, want)) {
        cleanup_free char *a = got ? json_dumps(got, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
        cleanup_free char *b = want ? json_dumps(want, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

        if (!streq(a, b))
            fail_msg("got  %s\nwant %s", a ? a : "-", b ? b : "-");
    }
}

TEST(a_field_that_another_manager_took_is_left_out)
{
    expect("[/spec/replicas]", WEB("") "spec: {replicas: 1, paused: true}",
           LIVE(OURS("{f:spec: {f:paused: {}}}") THEIRS("{f:spec: {f:replicas: {}}}"),
                "spec: {replicas: 5, paused: true}"),
           WEB("") "spec: {paused: true}");
}

TEST(a_field_that_is_shared_is_left_out)
{
    expect("[/spec/replicas]", WEB("") "spec: {replicas: 1}",
           LIVE(OURS("{f:spec: {f:replicas: {}}}") THEIRS("{f:spec: {f:replicas: {}}}"),
                "spec: {replicas: 1}"),
           WEB("") "spec: {}");
}

TEST(a_field_that_only_we_own_keeps_its_live_value)
{
    expect("[/spec/replicas]", WEB("") "spec: {replicas: 1}",
           LIVE(OURS("{f:spec: {f:replicas: {}}}"), "spec: {replicas: 3}"),
           WEB("") "spec: {replicas: 3}");
}

TEST(a_field_that_we_own_and_declare_no_more_is_not_dropped)
{
    expect(
        "[/spec/replicas]", WEB("") "spec: {paused: true}",
        LIVE(OURS("{f:spec: {f:replicas: {}, f:paused: {}}}"), "spec: {replicas: 3, paused: true}"),
        WEB("") "spec: {replicas: 3, paused: true}");
    /* nor when nothing of its parent is declared any more */
    expect("[/spec/replicas]", WEB("") "spec: {}",
           LIVE(OURS("{f:spec: {f:replicas: {}}}"), "spec: {replicas: 3}"),
           WEB("") "spec: {replicas: 3}");
}

TEST(a_field_that_nobody_owns_keeps_its_live_value)
{
    expect("[/spec/replicas]", WEB("") "spec: {replicas: 4}",
           LIVE(OURS("{f:spec: {f:paused: {}}}"), "spec: {replicas: 1}"),
           WEB("") "spec: {replicas: 1}");
}

TEST(a_field_that_is_not_live_is_left_out)
{
    expect("[/spec/replicas]", WEB("") "spec: {replicas: 4, paused: true}",
           LIVE(OURS("{f:spec: {f:paused: {}}}"), "spec: {paused: true}"),
           WEB("") "spec: {paused: true}");
}

TEST(where_no_place_is_concerned_the_document_stays)
{
    expect("[/spec/replicas]", WEB("") "spec: {paused: true}",
           LIVE(OURS("{f:spec: {f:paused: {}}}") THEIRS("{f:spec: {f:replicas: {}}}"),
                "spec: {replicas: 5, paused: true}"),
           NULL);
    expect("[]", WEB("") "spec: {replicas: 1}",
           LIVE(OURS("{f:spec: {f:replicas: {}}}"), "spec: {replicas: 3}"), NULL);
}

TEST(of_an_ignored_map_the_parts_that_are_ours_alone_stay)
{
    expect("[/metadata/labels]", WEB(", labels: {a: '1', b: '2', c: '3'}") "spec: {x: 1}",
           LIVE(OURS("{f:metadata: {f:labels: {f:a: {}, f:gone: {}}}, f:spec: {f:x: {}}}")
                    THEIRS("{f:metadata: {f:labels: {'.': {}, f:b: {}}}}"),
                "  labels: {a: live, b: theirs, gone: live, d: nobody}\nspec: {x: 1}"),
           WEB(", labels: {a: live, gone: live}") "spec: {x: 1}");
}

TEST(managers_that_own_but_the_map_itself_own_none_of_its_fields)
{
    expect("[/metadata/labels]", WEB(", labels: {a: '1'}"),
           LIVE(OURS("{f:metadata: {f:labels: {f:a: {}}}}")
                    THEIRS("{f:metadata: {f:labels: {'.': {}}}}")
                        THEIRS("{f:metadata: {f:labels: {'.': {}}}}") THEIRS("{}"),
                "  labels: {a: live}\n"),
           WEB(", labels: {a: live}"));
}

TEST(items_of_a_keyed_list_are_found_by_their_key)
{
    expect("[/c/0/image, /c/1/image]",
           WEB("") "c: [{name: b, image: git}, {name: a, image: git}, {name: new, image: git}]",
           LIVE(OURS("{f:c: {'k:{\"name\":\"a\"}': {'.': {}, f:name: {}, f:image: {}}, "
                     "'k:{\"name\":\"b\"}': {'.': {}, f:name: {}}}}")
                    THEIRS("{f:c: {'k:{\"name\":\"b\"}': {f:image: {}}}}"),
                "c: [{name: a, image: live}, {name: b, image: theirs}]"),
           WEB("") "c: [{name: b}, {name: a, image: live}, {name: new, image: git}]");
}

TEST(an_ignored_item_stays_with_its_owner)
{
    /* b is ours alone, side is theirs; both are ignored where they are live */
    expect("[/c/1, /c/2]", WEB("") "c: [{name: a, image: git}]",
           LIVE(OURS("{f:c: {'k:{\"name\":\"a\"}': {'.': {}, f:name: {}, f:image: {}}, "
                     "'k:{\"name\":\"b\"}': {'.': {}, f:name: {}, f:image: {}}}}")
                    THEIRS("{f:c: {'k:{\"name\":\"side\"}': {'.': {}, f:name: {}, f:image: {}}}}"),
                "c: [{name: a, image: git}, {name: b, image: live, x: default}, "
                "{name: side, image: s}]"),
           WEB("") "c: [{name: a, image: git}, {name: b, image: live}]");
}

TEST(a_port_is_found_by_what_is_declared_of_its_key)
{
    expect("[/p/0/nodePort]", WEB("") "p: [{port: 80, nodePort: 1}, {port: 53, protocol: UDP}]",
           LIVE(OURS("{f:p: {'k:{\"port\":80,\"protocol\":\"TCP\"}': {'.': {}, f:port: {}, "
                     "f:nodePort: {}}, 'k:{\"port\":53,\"protocol\":\"UDP\"}': {'.': {}, "
                     "f:port: {}, f:protocol: {}}}}"),
                "p: [{port: 80, protocol: TCP, nodePort: 31000}, {port: 53, protocol: UDP}]"),
           WEB("") "p: [{port: 80, protocol: TCP, nodePort: 31000}, {port: 53, protocol: UDP}]");
}

TEST(an_item_of_a_set_is_kept_or_left_to_its_owner)
{
    expect("[/s/0, /s/1]", WEB("") "s: [a, b, c]",
           LIVE(OURS("{f:s: {'v:\"a\"': {}, 'v:\"c\"': {}}}") THEIRS("{f:s: {'v:\"b\"': {}}}"),
                "s: [a, b, c]"),
           WEB("") "s: [a, c]");
}

TEST(of_an_atomic_list_the_live_values_are_declared)
{
    /* others wrote into it: it is still declared as a whole */
    expect("[/v/0/ca, /v/1/ca]", WEB("") "v: [{name: b, x: 2}, {name: a, x: 1, ca: git}]",
           LIVE(OURS("{f:q: {}}") THEIRS("{f:v: {}}"),
                "v: [{name: a, x: 1, ca: live-a}, {name: b, x: 9, ca: live-b}]"),
           WEB("") "v: [{name: b, x: 2, ca: live-b}, {name: a, x: 1, ca: live-a}]");
}

TEST(what_identifies_the_object_is_always_declared)
{
    expect("[/metadata, /kind, /apiVersion]",
           WEB(", namespace: n, annotations: {argocd.argoproj.io/tracking-id: t, a: b}") "spec: "
                                                                                         "{x: 1}",
           LIVE(THEIRS("{f:metadata: {f:annotations: {f:a: {}}}}") OURS("{f:spec: {f:x: {}}}"),
                "  annotations: {a: c}\nspec: {x: 1}"),
           WEB(", namespace: n, annotations: {argocd.argoproj.io/tracking-id: t}") "spec: {x: 1}");
}

TEST(what_another_manager_owns_as_one_is_left_out_as_one)
{
    expect("[/spec/selector]", WEB("") "spec: {selector: {a: b}, x: 1}",
           LIVE(OURS("{f:spec: {f:x: {}}}") THEIRS("{f:spec: {f:selector: {}}}"),
                "spec: {selector: {a: c, d: e}, x: 1}"),
           WEB("") "spec: {x: 1}");
    expect("[/spec/selector/a]", WEB("") "spec: {selector: {a: b}, x: 1}",
           LIVE(OURS("{f:spec: {f:x: {}}}") THEIRS("{f:spec: {f:selector: {}}}"),
                "spec: {selector: {a: c, d: e}, x: 1}"),
           WEB("") "spec: {selector: {a: c}, x: 1}");
}
