/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/app/revision.h"

#include "tests/daemon/parts.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

TEST(a_revision_is_the_commits_in_the_order_of_the_sources)
{
    char oid[GIT_OID_HEX_BYTES];
    const char *r = NULL;

    revision_set(&r, A " " B);
    EXPECT(revision_at(r, 0, oid));
    EXPECT_STR(oid, A);
    EXPECT(revision_at(r, 1, oid));
    EXPECT_STR(oid, B);
    EXPECT(!revision_at(r, 2, oid));
    revision_set(&r, r); /* its own */
    EXPECT_STR(r, A " " B);
    revision_set(&r, "");
    EXPECT(!revision_at(r, 0, oid));
    revision_clear(&r);
}

TEST(a_status_is_written_as_it_is_read)
{
    static const struct {
        const char *revision, *source, *want;
    } rows[] = {
        {A, "{'path': 'p'}", "{'revision': '" A "'}"},
        {A, "[{'path': 'p'}]", "{'revision': '', 'revisions': ['" A "']}"},
        {A " " B, "[{}, {}]", "{'revision': '', 'revisions': ['" A "', '" B "']}"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_json json_t *source = parse(rows[i].source);
        cleanup_json json_t *want = parse(rows[i].want);
        cleanup_json json_t *holder = json_object();
        cleanup_free char *back = NULL;

        revision_write(holder, rows[i].revision, source);
        EXPECT(json_equal(holder, want));
        back = revision_of(holder);
        EXPECT_STR(back, rows[i].revision);
    }
}

TEST(a_status_may_say_anything)
{
    static const struct {
        const char *holder, *want;
    } rows[] = {
        {"{}", ""},
        {"{'revision': 3}", ""},
        {"{'revision': 'main'}", "main"},
        {"{'revisions': [], 'revision': '" B "'}", B},
        {"{'revisions': [3, '" A "'], 'revision': '" B "'}", "? " A},
    };
    char oid[GIT_OID_HEX_BYTES];

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_json json_t *holder = parse(rows[i].holder);
        cleanup_free char *revision = revision_of(holder);

        EXPECT_STR(revision, rows[i].want);
    }
    EXPECT(!revision_at("main", 0, oid));
}
