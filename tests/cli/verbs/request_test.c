/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/request.h"
#include "lib/doc/yaml.h"

#include "tests/test.h"

static json_t *parse(const char *text)
{
    json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);

    if (!json)
        fail_msg("not JSON: %s", text);
    return json;
}

static void expect_document(const json_t *got, const char *want)
{
    cleanup_json json_t *wanted = parse(want);
    cleanup_free char *text = json_dumps(got, JSON_SORT_KEYS);

    if (!json_equal(got, wanted))
        fail_msg("%s is not %s", text, want);
}

#define SHOP "\"metadata\": {\"name\": \"shop\"}"
#define BY                                                                                         \
    "\"initiatedBy\": {\"username\": \"eva\"}, \"info\": [{\"name\": \"gitopsctl\","               \
    "\"value\": \"7\"}]"

static const struct sync_request plain = {.user = "eva", .id = "7"};

static void sync_is(const char *app_text, const struct sync_request *r, const char *want)
{
    cleanup_json json_t *app = parse(app_text);
    cleanup_error struct error *err = NULL;
    cleanup_json json_t *operation = NULL;

    EXPECT_OK(request_sync(app, r, &operation, &err));
    expect_document(operation, want);
}

static void sync_is_refused(const char *app_text, const struct sync_request *r, const char *want)
{
    cleanup_json json_t *app = parse(app_text);
    cleanup_error struct error *err = NULL;
    cleanup_json json_t *operation = NULL;

    EXPECT_INT(request_sync(app, r, &operation, &err), -1);
    EXPECT_STR(error_message(err), want);
    EXPECT_NULL(operation);
}

TEST(a_sync_is_the_operation_that_argo_cd_writes)
{
    struct sync_request all = {
        .user = "eva", .id = "7", .revision = "v1", .prune = true, .dry_run = true, .force = true};
    cleanup_json json_t *resources = NULL;
    cleanup_error struct error *err = NULL;

    sync_is("{" SHOP "}", &plain, "{" BY ", \"sync\": {}}");
    sync_is("{" SHOP ", \"spec\": {\"syncPolicy\": {\"syncOptions\": [\"PruneLast=true\"],"
            "\"retry\": {\"limit\": 2}}}}",
            &plain,
            "{" BY ", \"retry\": {\"limit\": 2}, \"sync\": {\"syncOptions\":"
            "[\"PruneLast=true\"]}}");
    EXPECT_OK(request_add_resource(&resources, "apps:Deployment:shop/web", &err));
    all.resources = resources;
    sync_is("{" SHOP "}", &all,
            "{" BY ", \"sync\": {\"revision\": \"v1\", \"prune\": true, \"dryRun\": true,"
            "\"syncStrategy\": {\"hook\": {\"force\": true}}, \"resources\": [{\"group\": \"apps\","
            "\"kind\": \"Deployment\", \"namespace\": \"shop\", \"name\": \"web\"}]}}");
}

TEST(a_sync_that_cannot_be_is_refused)
{
    struct sync_request other = {.user = "eva", .id = "7", .revision = "v1"};

    sync_is_refused("{" SHOP ", \"operation\": {\"initiatedBy\": {\"username\": \"bob\"}},"
                    "\"status\": {\"operationState\": {\"message\": \"waiting\"}}}",
                    &plain,
                    "shop: another operation is under way, one that bob asked for (waiting); wait "
                    "for it (gitopsctl wait shop --for operation) or end it (gitopsctl sync shop "
                    "--terminate)");
    sync_is_refused("{\"metadata\": {\"name\": \"shop\", \"deletionTimestamp\": \"x\"}}", &plain,
                    "shop is being deleted");
    sync_is_refused("{" SHOP ", \"spec\": {\"syncPolicy\": {\"automated\": {}}, \"source\":"
                    "{\"targetRevision\": \"main\"}}}",
                    &other,
                    "shop: cannot sync to v1: it follows main by itself; push to that, or suspend "
                    "it first (gitopsctl suspend shop)");
    sync_is_refused("{" SHOP ", \"spec\": {\"sources\": [{}, {}]}}", &other,
                    "shop has several sources: --revision cannot tell which of them is meant; "
                    "change spec.sources[].targetRevision");
}

TEST(what_it_follows_anyway_may_be_named)
{
    struct sync_request same = {.user = "eva", .id = "7", .revision = "main"};
    struct sync_request head = {.user = "eva", .id = "7", .revision = "HEAD"};
    struct sync_request dry = {.user = "eva", .id = "7", .revision = "v1", .dry_run = true};
    struct sync_request other = {.user = "eva", .id = "7", .revision = "v1"};

    sync_is("{" SHOP ", \"spec\": {\"syncPolicy\": {\"automated\": {}}, \"source\":"
            "{\"targetRevision\": \"main\"}}}",
            &same, "{" BY ", \"sync\": {\"revision\": \"main\"}}");
    sync_is("{" SHOP ", \"spec\": {\"syncPolicy\": {\"automated\": {}}}}", &head,
            "{" BY ", \"sync\": {\"revision\": \"HEAD\"}}");
    sync_is("{" SHOP ", \"spec\": {\"syncPolicy\": {\"automated\": {}}}}", &dry,
            "{" BY ", \"sync\": {\"revision\": \"v1\", \"dryRun\": true}}");
    sync_is("{" SHOP ", \"spec\": {\"syncPolicy\": {\"automated\": {\"enabled\": false}}}}", &other,
            "{" BY ", \"sync\": {\"revision\": \"v1\"}}");
}

static void resource_is_refused(const char *text)
{
    cleanup_error struct error *err = NULL;
    json_t *list = NULL;

    EXPECT_INT(request_add_resource(&list, text, &err), -1);
    EXPECT_CONTAINS(error_message(err), "must be GROUP:KIND:NAMESPACE/NAME");
    EXPECT_NULL(list);
}

TEST(resources)
{
    cleanup_json json_t *list = NULL;
    cleanup_error struct error *err = NULL;

    EXPECT_OK(request_add_resource(&list, ":Service:shop/web", &err));
    EXPECT_OK(request_add_resource(&list, "rbac.authorization.k8s.io:ClusterRole:reader", &err));
    expect_document(list, "[{\"group\": \"\", \"kind\": \"Service\", \"namespace\": \"shop\","
                          "\"name\": \"web\"}, {\"group\": \"rbac.authorization.k8s.io\", \"kind\":"
                          "\"ClusterRole\", \"name\": \"reader\"}]");
    resource_is_refused("Service");
    resource_is_refused("Service:web");
    resource_is_refused("::web");
    resource_is_refused(":Service:");
    resource_is_refused(":Service:shop/");
    resource_is_refused(":Service:/web");
    resource_is_refused(":Service:a/b/c");
    resource_is_refused(":Service:a:b");
}

#define HISTORY                                                                                    \
    "\"status\": {\"history\": [{\"id\": 3, \"revision\": \"r3\", \"source\": {\"path\": \"a\"}}," \
    "{\"id\": 4, \"revision\": \"r4\", \"source\": {\"path\": \"b\"}}]}"

TEST(a_rollback_is_to_what_the_history_tells)
{
    cleanup_json json_t *app = parse("{" SHOP "," HISTORY "}");
    cleanup_json json_t *last = NULL;
    cleanup_json json_t *named = NULL;
    cleanup_error struct error *err = NULL;

    EXPECT_OK(request_rollback(app, -1, &plain, &last, &err));
    expect_document(last, "{" BY ", \"sync\": {\"revision\": \"r3\", \"source\": {\"path\": \"a\"},"
                          "\"syncStrategy\": {\"apply\": {\"force\": false}}}}");
    EXPECT_OK(request_rollback(app, 4, &plain, &named, &err));
    EXPECT_STR(json_string_value(json_object_get(json_object_get(named, "sync"), "revision")),
               "r4");
}

static void rollback_is_refused(const char *text, json_int_t id, const char *want)
{
    cleanup_json json_t *app = parse(text);
    cleanup_error struct error *err = NULL;
    json_t *operation = NULL;

    EXPECT_INT(request_rollback(app, id, &plain, &operation, &err), -1);
    EXPECT_STR(error_message(err), want);
}

TEST(a_rollback_that_cannot_be_is_refused)
{
    rollback_is_refused("{" SHOP "," HISTORY "}", 2,
                        "shop: its history has no entry 2; gitopsctl history shop lists them");
    rollback_is_refused("{" SHOP "}", -1, "shop: its history holds nothing before what runs now");
    rollback_is_refused("{" SHOP "," HISTORY ", \"spec\": {\"syncPolicy\": {\"automated\": {}}}}",
                        -1,
                        "shop follows HEAD by itself, which would undo the rollback: revert the "
                        "commit instead (git revert), or suspend it first (gitopsctl suspend "
                        "shop)");
}

static void terminate_is(const char *text, const char *want)
{
    cleanup_json json_t *app = parse(text);
    cleanup_error struct error *err = NULL;
    cleanup_json json_t *patch = NULL;

    if (request_terminate(app, &patch, &err) < 0)
        EXPECT_STR(error_message(err), want);
    else
        expect_document(patch, want);
}

TEST(terminating)
{
    terminate_is("{" SHOP ", \"status\": {\"operationState\": {\"phase\": \"Running\"}}}",
                 "{\"status\": {\"operationState\": {\"phase\": \"Terminating\"}}}");
    terminate_is("{" SHOP ", \"operation\": {}}", "{\"operation\": null}");
    terminate_is("{" SHOP ", \"status\": {\"operationState\": {\"phase\": \"Terminating\"}}}",
                 "shop: its operation is being ended already");
    terminate_is("{" SHOP ", \"status\": {\"operationState\": {\"phase\": \"Failed\"}}}",
                 "shop: no operation is under way");
}

TEST(an_operation_is_known_by_its_id)
{
    cleanup_json json_t *app =
        parse("{\"operation\": {" BY "}, \"status\": {\"operationState\": {\"phase\": \"Running\","
              "\"operation\": {" BY "}}}}");

    EXPECT(request_is_pending(app, "7"));
    EXPECT(!request_is_pending(app, "8"));
    EXPECT(request_state(app, "7") != NULL);
    EXPECT_NULL(request_state(app, "8"));
}

static void suspend_is(const char *text, bool suspend, const char *want)
{
    cleanup_json json_t *app = parse(text);
    cleanup_error struct error *err = NULL;
    cleanup_json json_t *patch = NULL;

    if (request_suspend(app, suspend, &patch, &err) < 0)
        EXPECT_STR(error_message(err), want);
    else if (patch)
        expect_document(patch, want);
    else
        EXPECT_STR("nothing", want);
}

TEST(suspending_keeps_the_settings)
{
    const char *on = "{" SHOP ", \"spec\": {\"syncPolicy\": {\"automated\": {\"prune\": true}}}}";
    const char *off =
        "{" SHOP ", \"spec\": {\"syncPolicy\": {\"automated\": {\"enabled\": false}}}}";

    suspend_is(on, true, "{\"spec\": {\"syncPolicy\": {\"automated\": {\"enabled\": false}}}}");
    suspend_is(off, true, "nothing");
    suspend_is("{" SHOP "}", true, "nothing");
    suspend_is(off, false, "{\"spec\": {\"syncPolicy\": {\"automated\": {\"enabled\": null}}}}");
    suspend_is(on, false, "nothing");
    suspend_is("{" SHOP "}", false,
               "shop has no spec.syncPolicy.automated: it is synced by hand, and there is nothing "
               "to resume");
}
