/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/status/status_size.h"

#include "tests/daemon/parts.h"

/* Of `count` objects that went well, one that did not, and one hook. */
static json_t *big_status(int count)
{
    json_t *status = parse("{'operationState': {'message': 'done', 'syncResult': {'resources': "
                           "[{'name': 'bad', 'status': 'SyncFailed', 'hookPhase': 'Failed'}, "
                           "{'name': 'hook', 'status': 'Synced', 'hookPhase': 'Succeeded', "
                           "'hookType': 'PreSync'}]}}, 'resources': []}");
    json_t *state = json_object_get(status, "operationState");
    json_t *results = json_object_get(json_object_get(state, "syncResult"), "resources");

    for (int i = 0; i < count; i++) {
        json_array_append_new(results,
                              parsef("{'name': 'n%d', 'status': 'Synced', 'hookPhase': 'Running', "
                                     "'message': 'configmap/n%d serverside-applied'}",
                                     i, i));
        json_array_append_new(json_object_get(status, "resources"),
                              parsef("{'name': 'n%d', 'health': {'status': 'Healthy', 'message': "
                                     "'long words about it'}}",
                                     i));
    }
    return status;
}

static const json_t *results_of(const json_t *status)
{
    const json_t *state = json_object_get(status, "operationState");

    return json_object_get(json_object_get(state, "syncResult"), "resources");
}

TEST(what_fits_is_left_alone)
{
    cleanup_json json_t *status = big_status(10);
    cleanup_json json_t *before = json_deep_copy(status);

    status_fit(status, 100000);
    EXPECT(json_equal(status, before));
}

TEST(results_that_are_well_go_first_and_hooks_and_failures_stay)
{
    cleanup_json json_t *status = big_status(1000);
    const json_t *item;

    status_fit(status, 100000);
    EXPECT_INT(json_array_size(results_of(status)), 2);
    EXPECT_STR(object_string(json_array_get(results_of(status), 0), "name"), "bad");
    EXPECT_STR(object_string(json_array_get(results_of(status), 1), "name"), "hook");
    EXPECT_STR(object_string(json_object_get(status, "operationState"), "message"),
               "done (1000 results that are well are left out: the status would be too large)");
    item = json_array_get(json_object_get(status, "resources"), 0);
    EXPECT_STR(object_string(json_object_get(item, "health"), "message"), "long words about it");
}

TEST(then_the_words_about_health)
{
    cleanup_json json_t *status = big_status(1000);
    const json_t *health;

    status_fit(status, 50000);
    EXPECT_INT(json_array_size(json_object_get(status, "resources")), 1000);
    health = json_object_get(json_array_get(json_object_get(status, "resources"), 5), "health");
    EXPECT_STR(object_string(health, "status"), "Healthy");
    EXPECT_NULL(json_object_get(health, "message"));
}

/* Of 20,000 objects, the last of which is not well and the first the only one of its kind. */
static json_t *huge_status(void)
{
    json_t *status = parse("{'resources': [{'group': 'apps', 'kind': 'Deployment', 'name': 'web', "
                           "'status': 'Synced', 'health': {'status': 'Healthy'}}]}");
    json_t *list = json_object_get(status, "resources");

    for (int i = 0; i < 20000; i++)
        json_array_append_new(list,
                              parsef("{'kind': 'ConfigMap', 'name': 'a-long-name-%d', 'namespace': "
                                     "'of-a-customer', 'version': 'v1', 'status': '%s'}",
                                     i, i == 19999 ? "OutOfSync" : "Synced"));
    return status;
}

TEST(objects_that_are_as_they_should_be_go_last_and_each_kind_stays)
{
    cleanup_json json_t *status = huge_status();
    const json_t *list;
    size_t left_out, len;

    left_out = status_fit(status, 1000000);
    list = json_object_get(status, "resources");
    len = json_array_size(list);
    EXPECT_INT(left_out + len, 20001);
    EXPECT(left_out > 0 && len > 5000);
    EXPECT(json_dumpb(status, NULL, 0, JSON_COMPACT) <= 1000000);
    EXPECT_STR(object_string(json_array_get(list, 0), "kind"), "Deployment");
    EXPECT_STR(object_string(json_array_get(list, 1), "name"), "a-long-name-0");
    EXPECT_STR(object_string(json_array_get(list, len - 1), "status"), "OutOfSync");
}

/* Else a restart would run them again. */
TEST(jobs_that_ended_stay_listed)
{
    cleanup_json json_t *status = huge_status();
    json_t *list = json_object_get(status, "resources");
    size_t jobs = 0;
    const json_t *item;
    size_t i;

    for (i = 0; i < 20; i++)
        json_array_append_new(list, parsef("{'group': 'batch', 'kind': 'Job', 'name': 'job-%zu', "
                                           "'status': 'Synced', 'health': {'status': 'Healthy'}}",
                                           i));
    EXPECT(status_fit(status, 1000000) > 0);
    json_array_foreach (json_object_get(status, "resources"), i, item)
        jobs += streq(object_string(item, "kind"), "Job");
    EXPECT_INT(jobs, 20);
}

TEST(what_is_not_listed_is_told_without_a_time_that_would_change)
{
    cleanup_json json_t *status = parse("{'conditions': [{'type': 'SyncError'}]}");
    cleanup_json json_t *bare = json_object();
    const json_t *told;

    status_tell_cut(status, 0);
    EXPECT_INT(json_array_size(json_object_get(status, "conditions")), 1);
    status_tell_cut(status, 12);
    told = json_array_get(json_object_get(status, "conditions"), 1);
    EXPECT_STR(object_string(told, "type"), "StatusSizeWarning");
    EXPECT_CONTAINS(object_string(told, "message"), "12 objects are not listed");
    EXPECT_NULL(json_object_get(told, "lastTransitionTime"));
    status_tell_cut(bare, 1);
    EXPECT_INT(json_array_size(json_object_get(bare, "conditions")), 1);
}

TEST(of_thousands_of_failures_the_first_are_told)
{
    cleanup_json json_t *status = big_status(0);
    json_t *results = (json_t *)results_of(status);

    for (int i = 0; i < 1000; i++)
        json_array_append_new(results, parsef("{'name': 'n%d', 'status': 'SyncFailed', "
                                              "'hookPhase': 'Failed', 'message': '%0500d'}",
                                              i, 0));
    EXPECT_INT(status_fit(status, 100000), 0);
    EXPECT(json_dumpb(status, NULL, 0, JSON_COMPACT) <= 100000);
    EXPECT_STR(object_string(json_array_get(results_of(status), 1), "name"), "hook");
    EXPECT_STR(object_string(json_array_get(results_of(status), 2), "name"), "n0");
    EXPECT_CONTAINS(object_string(json_object_get(status, "operationState"), "message"),
                    "more results are left out)");
}

TEST(what_a_repair_is_about_is_told_as_far_as_there_is_room)
{
    cleanup_json json_t *status =
        parse("{'operationState': {'operation': {'initiatedBy': {'automated': true}, 'sync': "
              "{'resources': []}}}}");
    cleanup_json json_t *shared =
        json_incref(json_object_get(json_object_get(status, "operationState"), "operation"));
    json_t *list = json_object_get(json_object_get(shared, "sync"), "resources");
    const json_t *told;

    for (int i = 0; i < 20000; i++)
        json_array_append_new(
            list, parsef("{'group': 'apps', 'kind': 'Deployment', 'name': 'a-long-name-%d'}", i));
    EXPECT_INT(status_fit(status, 1000000), 0);
    EXPECT(json_dumpb(status, NULL, 0, JSON_COMPACT) <= 1000000);
    told = json_object_get(json_object_get(status, "operationState"), "operation");
    told = json_object_get(json_object_get(told, "sync"), "resources");
    EXPECT_INT(json_array_size(told), 100);
    EXPECT_INT(json_array_size(list), 20000); /* whoever shares it keeps all */
}

TEST(a_status_that_is_refused_is_replaced_by_the_reason)
{
    cleanup_json json_t *status = status_too_large(1795396825000);
    const json_t *condition = json_array_get(json_object_get(status, "conditions"), 0);

    EXPECT_INT(json_object_size(status), 1);
    EXPECT_STR(object_string(condition, "type"), "UnknownError");
    EXPECT_CONTAINS(object_string(condition, "message"), "exceeds the Kubernetes resource size");
    EXPECT_STR(object_string(condition, "lastTransitionTime"), "2026-11-23T01:20:25Z");
}
