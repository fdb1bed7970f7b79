/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/standing.h"
#include "lib/doc/yaml.h"

#include "tests/test.h"

#define A "a111111111111111111111111111111111111111"
#define B "b222222222222222222222222222222222222222"

static json_t *parse(const char *text)
{
    json_error_t at;
    json_t *app = json_loads(text, 0, &at);

    if (!app)
        fail_msg("%s: %s", at.text, text);
    return app;
}

static void expect_reason(const char *text, const char *want)
{
    cleanup_json json_t *app = parse(text);
    cleanup_standing struct standing s;
    cleanup_free char *reason = NULL;

    standing_read(app, &s);
    reason = standing_reason(app, &s);
    EXPECT_STR(reason, want);
}

TEST(what_is_in_sync_is_applied)
{
    cleanup_json json_t *app =
        parse("{\"status\": {\"sync\": {\"status\": \"Synced\", \"revision\": \"" A "\"},"
              "\"health\": {\"status\": \"Healthy\"}, \"history\": [{\"revision\": \"" B "\"}]}}");
    cleanup_standing struct standing s;

    standing_read(app, &s);
    EXPECT_STR(s.wanted, A);
    EXPECT_STR(s.applied, A);
    EXPECT_STR(standing_healthy(&s), A);
    EXPECT(!s.is_behind);
    EXPECT(!s.is_automated);
}

TEST(what_is_not_in_sync_is_as_the_last_full_sync_left_it)
{
    cleanup_json json_t *app =
        parse("{\"status\": {\"sync\": {\"status\": \"OutOfSync\", \"revision\": \"" A "\"},"
              "\"health\": {\"status\": \"Healthy\"},"
              "\"history\": [{\"revision\": \"" A "\"}, {\"revision\": \"" B "\"}]}}");
    cleanup_standing struct standing s;

    standing_read(app, &s);
    EXPECT_STR(s.applied, B);
    EXPECT_STR(standing_healthy(&s), B);
    EXPECT(s.is_behind);
}

TEST(several_sources_have_several_commits)
{
    cleanup_json json_t *app =
        parse("{\"status\": {\"sync\": {\"status\": \"Synced\", \"revision\": \"\","
              "\"revisions\": [\"" A "\", \"" B "\"]}}}");
    cleanup_standing struct standing s;

    standing_read(app, &s);
    EXPECT_STR(s.wanted, A ", " B);
    EXPECT(standing_names(s.wanted, "b222222"));
    EXPECT(standing_names(s.wanted, B));
    EXPECT(!standing_names(s.wanted, "b2222222222222222222222222222222222222222"));
    EXPECT(!standing_names(s.wanted, "b22222"));
    EXPECT(!standing_names(s.wanted, "c222222"));
    EXPECT(!standing_names("", "a111111"));
}

TEST(what_has_no_status_is_not_known)
{
    cleanup_json json_t *app = parse("{\"spec\": {\"syncPolicy\": {\"automated\": {}}}}");
    cleanup_standing struct standing s;

    standing_read(app, &s);
    EXPECT_STR(s.sync, "Unknown");
    EXPECT_STR(s.health, "Unknown");
    EXPECT_STR(s.wanted, "");
    EXPECT(s.is_behind);
    EXPECT(s.is_automated);
    EXPECT(!s.is_suspended);
}

TEST(fields_of_other_types_are_as_absent)
{
    cleanup_json json_t *app =
        parse("{\"spec\": [], \"operation\": 1, \"status\": {\"sync\": [1], \"health\": 7,"
              "\"history\": {}, \"conditions\": [3, {\"type\": 1}], \"resources\": [null, {}],"
              "\"operationState\": \"x\"}}");
    cleanup_standing struct standing s;
    cleanup_free char *reason = NULL;

    standing_read(app, &s);
    reason = standing_reason(app, &s);
    EXPECT_STR(reason, "not compared yet; Unknown");
}

TEST(one_that_nobody_serves_is_not_compared)
{
    cleanup_json json_t *app = parse("{\"spec\": {}}");
    cleanup_standing struct standing s;
    cleanup_free char *reason = NULL;

    standing_read(app, &s);
    reason = standing_reason(app, &s);
    EXPECT(!s.is_known);
    EXPECT_STR(reason, STANDING_UNKNOWN);
}

TEST(nothing_is_healthy_while_an_operation_is_under_way)
{
    cleanup_json json_t *app =
        parse("{\"operation\": {\"sync\": {}}, \"status\": {\"health\": {\"status\": \"Healthy\"},"
              "\"sync\": {\"status\": \"Synced\", \"revision\": \"" A "\"}}}");
    cleanup_standing struct standing s;

    standing_read(app, &s);
    EXPECT(s.is_under_way);
    EXPECT_STR(standing_healthy(&s), "");
}

TEST(reasons)
{
    expect_reason("{\"status\": {\"health\": {\"status\": \"Healthy\"},"
                  "\"sync\": {\"status\": \"Synced\", \"revision\": \"" A "\"}}}",
                  "");
    expect_reason("{\"operation\": {\"sync\": {}}, \"status\": {}}",
                  "a sync is asked for, and has not begun");
    expect_reason("{\"status\": {\"operationState\": {\"phase\": \"Running\","
                  "\"message\": \"waiting for healthy state\\nof apps/Deployment/web\"}}}",
                  "syncing: waiting for healthy state of apps/Deployment/web");
    expect_reason("{\"status\": {\"conditions\": [{\"type\": \"OrphanedResourceWarning\","
                  "\"message\": \"2\"}, {\"type\": \"ComparisonError\", \"message\": \"no\"}]}}",
                  "ComparisonError: no");
    expect_reason("{\"spec\": {\"syncPolicy\": {\"automated\": {\"enabled\": false}}},"
                  "\"status\": {\"health\": {\"status\": \"Healthy\"}, \"sync\": {\"status\": "
                  "\"OutOfSync\", \"revision\": \"" A "\"}, \"resources\": [{\"kind\": \"Service\","
                  "\"namespace\": \"shop\", \"name\": \"web\", \"status\": \"OutOfSync\"}]}}",
                  "behind: suspended: Service shop/web");
    expect_reason("{\"status\": {\"health\": {\"status\": \"Healthy\"}, \"sync\": {\"status\": "
                  "\"OutOfSync\", \"revision\": \"" A "\"}}}",
                  "behind: waits for a sync by hand");
    expect_reason("{\"status\": {\"health\": {\"status\": \"Degraded\"}, \"sync\": {\"status\": "
                  "\"Synced\", \"revision\": \"" A "\"}, \"resources\": [{\"group\": \"apps\","
                  "\"kind\": \"Deployment\", \"namespace\": \"shop\", \"name\": \"web\","
                  "\"status\": \"Synced\", \"health\": {\"status\": \"Degraded\","
                  "\"message\": \"too late\"}}]}}",
                  "Degraded: Deployment.apps shop/web (Degraded: too late)");
    expect_reason("{\"status\": {\"health\": {\"status\": \"Progressing\", \"message\": \"soon\"},"
                  "\"sync\": {\"status\": \"Synced\", \"revision\": \"" A "\"}}}",
                  "Progressing: soon");
}

TEST(of_many_objects_some_are_named)
{
    cleanup_json json_t *app = parse("{\"status\": {\"resources\": []}}");
    json_t *list = json_object_get(json_object_get(app, "status"), "resources");
    cleanup_buf struct buf b = BUF_UNLIMITED;

    for (int i = 0; i < 8; i++)
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s, s:b}", "kind", "Namespace", "name", "n",
                                        "status", "OutOfSync", "requiresPruning", i == 0));
    EXPECT(standing_put_unsynced(app, &b));
    EXPECT_STR(b.data, "Namespace n (to be pruned), Namespace n, Namespace n, Namespace n, "
                       "Namespace n and 3 more");
    EXPECT(!standing_put_unhealthy(app, &b));
}
