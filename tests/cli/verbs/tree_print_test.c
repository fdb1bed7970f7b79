/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/tree_print.h"

#include "cli/term.h"
#include "lib/doc/yaml.h"
#include "tests/test.h"

static char *print(const char *yaml)
{
    cleanup_json json_t *docs = NULL;
    cleanup_error struct error *err = NULL;
    const json_t *doc;
    struct buf out = BUF_UNLIMITED;

    term_set_color("never");
    EXPECT_OK(yaml_parse("test", yaml, strlen(yaml), YAML_KUBECTL, &docs, &err));
    doc = json_array_get(docs, 0);
    tree_print(json_object_get(doc, "nodes"), json_object_get(doc, "notes"), &out);
    return buf_take(&out);
}

TEST(children_stand_below_their_owners)
{
    cleanup_free char *text = print(
        "nodes:\n"
        "- {group: apps, kind: Deployment, namespace: shop, name: web, uid: d, status: Synced,\n"
        "   health: {status: Degraded, message: too late}}\n"
        "- {kind: ConfigMap, namespace: shop, name: a, status: OutOfSync}\n"
        "- {group: apps, kind: ReplicaSet, namespace: shop, name: web-1, uid: r1,\n"
        "   parentRefs: [{uid: d}], health: {status: Healthy, message: ok},\n"
        "   info: [{name: Revision, value: \"Rev:1\"}]}\n"
        "- {group: apps, kind: ReplicaSet, namespace: shop, name: web-2, uid: r2,\n"
        "   parentRefs: [{uid: d}]}\n"
        "- {kind: Pod, namespace: shop, name: web-1-x, uid: p, parentRefs: [{uid: r1}],\n"
        "   health: {status: Healthy},\n"
        "   info: [{name: Status Reason, value: Running}, {name: Containers, value: 1/1},\n"
        "          {name: Restart Count, value: \"3\"}]}\n"
        "- {kind: Pod, namespace: shop, name: web-2-x, uid: q, parentRefs: [{uid: gone}, {uid: "
        "r2}],\n"
        "   health: {status: Degraded, message: m},\n"
        "   info: [{name: Trouble, value: \"container \\\"web\\\": ImagePullBackOff: "
        "no\\nmore\"}]}\n"
        "notes: [\"/api/v1/namespaces/shop/pods: forbidden\"]\n");

    EXPECT_STR(text,
               "OBJECT                     SYNC        HEALTH     AGE   WHY\n"
               "Deployment.apps shop/web   Synced      Degraded   -     too late\n"
               "├─ ReplicaSet.apps web-1   -           Healthy    -     Rev:1\n"
               "│  └─ Pod web-1-x          -           Healthy    -     Running, 1/1 ready, 3 "
               "restarts\n"
               "└─ ReplicaSet.apps web-2   -           -          -     -\n"
               "   └─ Pod web-2-x          -           Degraded   -     container \"web\": "
               "ImagePullBackOff: no\n"
               "ConfigMap shop/a           OutOfSync   -          -     -\n"
               "\n"
               "/api/v1/namespaces/shop/pods: forbidden\n");
}

TEST(who_owns_himself_is_a_root)
{
    cleanup_free char *text =
        print("nodes: [{kind: Odd, namespace: ns, name: a, uid: x, parentRefs: [{uid: x}]}]\n");

    EXPECT_STR(text, "OBJECT     SYNC   HEALTH   AGE   WHY\n"
                     "Odd ns/a   -      -        -     -\n");
}
