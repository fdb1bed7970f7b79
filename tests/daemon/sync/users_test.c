/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sync/users.h"

#include "tests/daemon/cluster.h"

/* What an API server lists, and what comes of it. */
static void on_found(void *arg, const char *user, const struct error *err)
{
    char **out = arg;

    *out = err ? xasprintf("! %d", error_code(err)) : xstrdup(user ? user : "nobody");
}

#define SPEC "'template': {'spec': {'volumes': [{'configMap': {'name': 'c-abc'}}]}}"

TEST(who_uses_an_object)
{
    static const struct {
        const char *replica_sets, *pods, *user;
    } rows[] = {
        {"[]", "[]", "nobody"},
        {"[{'metadata': {'name': 'web-1'}, 'spec': {'replicas': 2, " SPEC "}}]", "[]",
         "ReplicaSet web-1"},
        {"[{'metadata': {'name': 'web-1'}, 'spec': {'replicas': 0, " SPEC "}}]", "[]", "nobody"},
        {"[{'metadata': {'name': 'web-1'}, 'spec': {'replicas': 0, " SPEC "}, "
         "'status': {'replicas': 1}}]",
         "[]", "ReplicaSet web-1"},
        {"[]",
         "[{'metadata': {'name': 'p'}, 'spec': {'containers': [{'envFrom': "
         "[{'configMapRef': {'name': 'c-abc'}}]}]}, 'status': {'phase': 'Running'}}]",
         "Pod p"},
        {"[]",
         "[{'metadata': {'name': 'p'}, 'spec': {'containers': [{'envFrom': "
         "[{'configMapRef': {'name': 'c-abc'}}]}]}, 'status': {'phase': 'Succeeded'}}]",
         "nobody"},
        {"[]",
         "[{'metadata': {'name': 'p'}, 'spec': {'containers': [{'envFrom': "
         "[{'configMapRef': {'name': 'c-abcd'}}]}]}}]",
         "nobody"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct cluster c;
        cleanup_free char *user = NULL;

        cluster_start(&c);
        cluster_set_list(&c, "replicasets", parse(rows[i].replica_sets));
        cluster_set_list(&c, "pods", parse(rows[i].pods));
        users_find(c.client, "fix", "c-abc", on_found, &user);
        CLUSTER_UNTIL(&c, user);
        EXPECT_STR(user, rows[i].user);
        cluster_stop(&c);
    }
}

TEST(who_may_not_be_seen_is_nobody)
{
    struct cluster c;
    cleanup_free char *user = NULL;

    cluster_start(&c);
    map_set(&c.denied, "replicasets", &c);
    map_set(&c.denied, "pods", &c);
    users_find(c.client, "fix", "c-abc", on_found, &user);
    CLUSTER_UNTIL(&c, user);
    EXPECT_STR(user, "nobody");
    cluster_stop(&c);
}
