/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/expect.h"
#include "cli/verbs/standing.h"
#include "lib/doc/yaml.h"

#include "tests/test.h"

#define A "a111111111111111111111111111111111111111"
#define B "b222222222222222222222222222222222222222"

#define WELL                                                                                       \
    "{\"status\": {\"health\": {\"status\": \"Healthy\"}, \"sync\": {\"status\": \"Synced\","      \
    "\"revision\": \"" A "\"}}}"
#define BEHIND                                                                                     \
    "{\"status\": {\"health\": {\"status\": \"Degraded\"}, \"operationState\": {\"phase\":"        \
    "\"Running\", \"message\": \"waiting\"}, \"history\": [{\"revision\": \"" B "\"}],"            \
    "\"sync\": {\"status\": \"OutOfSync\", \"revision\": \"" A "\"}, \"resources\": ["             \
    "{\"kind\": \"Service\", \"namespace\": \"shop\", \"name\": \"web\", \"status\": "             \
    "\"OutOfSync\", \"health\": {\"status\": \"Missing\"}}]}}"

static void expect(const char *forms, const char *app_text, const char *missing)
{
    cleanup_json json_t *app = json_loads(app_text, 0, NULL);
    cleanup_error struct error *err = NULL;
    cleanup_buf struct buf b = BUF_UNLIMITED;
    cleanup_free char *copy = xstrdup(forms);
    struct expect e = {0};
    char *rest = NULL;

    for (char *form = strtok_r(copy, " ", &rest); form; form = strtok_r(NULL, " ", &rest))
        EXPECT_OK(expect_parse(form, &e, &err));
    EXPECT_INT(expect_holds(&e, app, &b), !*missing);
    EXPECT_STR(b.data, missing);
}

TEST(what_holds_misses_nothing)
{
    expect("synced healthy operation revision=" A, WELL, "");
    expect("revision=a111111", WELL, "");
}

TEST(what_is_missing_is_named)
{
    expect("synced", BEHIND, "OutOfSync: Service shop/web (missing)");
    expect("healthy", BEHIND, "Degraded: Service shop/web (Missing)");
    expect("operation", BEHIND, "an operation is under way: waiting");
    expect("revision=a111111", BEHIND, "b2222222 is applied, not yet a111111");
    expect("revision=c333333", BEHIND, "b2222222 is applied, and c333333 is not known yet");
    expect("revision=b222222", BEHIND, "");
    expect("synced healthy", "{}", STANDING_UNKNOWN);
    expect("revision=a111111", "{}", STANDING_UNKNOWN);
    expect("operation", "{}", "");
    expect("synced healthy", "{\"status\": {\"sync\": {\"status\": \"Unknown\"}}}",
           "Unknown; Unknown");
    expect("revision=a111111", "{\"status\": {\"sync\": {\"status\": \"Unknown\"}}}",
           "nothing is applied, and a111111 is not known yet");
    expect("synced operation", BEHIND,
           "an operation is under way: waiting; OutOfSync: Service shop/web (missing)");
}

TEST(errors_are_told_as_why)
{
    expect("synced",
           "{\"status\": {\"sync\": {\"status\": \"Unknown\"}, \"conditions\": [{\"type\":"
           "\"ComparisonError\", \"message\": \"no such branch\"}]}}",
           "Unknown; ComparisonError: no such branch");
    expect("synced",
           "{\"status\": {\"sync\": {\"status\": \"Unknown\"}, \"resources\": [{\"kind\": \"Pod\","
           "\"name\": \"a\", \"status\": \"Unknown\"}]}}",
           "Unknown");
}

static void refuse(const char *form, const char *want)
{
    cleanup_error struct error *err = NULL;
    struct expect e = {0};

    EXPECT_INT(expect_parse(form, &e, &err), -1);
    EXPECT_STR(error_message(err), want);
}

TEST(what_cannot_be_waited_for)
{
    refuse("sync", "--for sync: must be one of synced|healthy|operation|revision=COMMIT");
    refuse("revision=main",
           "--for revision: \"main\" is not the id of a commit, in full or its first 7 digits or "
           "more; git rev-parse prints that of a branch or tag");
    refuse("revision=a11111",
           "--for revision: \"a11111\" is not the id of a commit, in full or its first 7 digits or "
           "more; git rev-parse prints that of a branch or tag");
}
