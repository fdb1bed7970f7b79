/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/git/git.h"
#include "tests/test.h"

#define OID(c) c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c

static struct git_ref items[] = {
    {"HEAD", OID("1"), "refs/heads/main", ""},      {"refs/heads/main", OID("1"), NULL, ""},
    {"refs/heads/both", OID("2"), NULL, ""},        {"refs/heads/1.9", OID("3"), NULL, ""},
    {"refs/heads/deadbee", OID("4"), NULL, ""},     {"refs/pull/7/head", OID("5"), NULL, ""},
    {"refs/tags/both", OID("6"), NULL, ""},         {"refs/tags/v1.2.0", OID("7"), NULL, ""},
    {"refs/tags/v1.10.0", OID("8"), NULL, ""},      {"refs/tags/v2.0.0-rc.1", OID("9"), NULL, ""},
    {"refs/tags/latest", OID("a"), NULL, OID("b")},
};
static const struct git_refs refs = {items, ARRAY_LEN(items)};

TEST(revisions_resolve_in_argo_cds_order)
{
    static const struct {
        const char *revision, *oid, *ref;
    } cases[] = {
        {OID("C"), OID("c"), NULL}, /* nobody is asked about a full id */
        {"", OID("1"), "refs/heads/main"},
        {"HEAD", OID("1"), "refs/heads/main"},
        {"main", OID("1"), "refs/heads/main"},
        {"both", OID("2"), "refs/heads/both"},
        {"refs/tags/both", OID("6"), "refs/tags/both"},
        {"tags/both", OID("6"), "refs/tags/both"},
        {"refs/pull/7/head", OID("5"), "refs/pull/7/head"},
        {"v1.2.0", OID("7"), "refs/tags/v1.2.0"},
        {"1.x", OID("8"), "refs/tags/v1.10.0"},
        {"~1.2", OID("7"), "refs/tags/v1.2.0"},
        {"*", OID("8"), "refs/tags/v1.10.0"},
        {">=2.0.0-0", OID("9"), "refs/tags/v2.0.0-rc.1"},
        {"1.9", OID("3"), "refs/heads/1.9"}, /* no tag: then it is a name */
        {"deadbee", OID("4"), "refs/heads/deadbee"},
        {"latest", OID("a"), "refs/tags/latest"},
        {"2222222", OID("2"), "refs/heads/both"},
        {"AAAAAAAAA", OID("a"), "refs/tags/latest"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char oid[GIT_OID_HEX_BYTES];
        cleanup_free char *ref = NULL;
        cleanup_error struct error *err = NULL;
        EXPECT_OK(git_refs_resolve(&refs, cases[i].revision, oid, &ref, &err));
        EXPECT_STR(oid, cases[i].oid);
        EXPECT(streq(ref, cases[i].ref));
    }
}

TEST(a_constraint_may_look_at_prefixed_tags_only)
{
    static struct git_ref tags[] = {
        {"HEAD", OID("1"), NULL, ""},
        {"refs/tags/2.0.0", OID("2"), NULL, ""},
        {"refs/tags/app-1.0.0", OID("3"), NULL, ""},
        {"refs/tags/app-v1.4.0", OID("4"), NULL, ""},
        {"refs/tags/app-2.0.0-rc.1", OID("5"), NULL, ""},
        {"refs/tags/lib-1.9.0", OID("6"), NULL, ""},
    };
    static const struct {
        const char *revision, *prefix, *oid;
    } cases[] = {
        {"1.x", "app-", OID("4")},    {"*", "app-", OID("4")},   {"*", "", OID("2")},
        {"<1.4.0", "app-", OID("3")}, {"1.x", "lib-", OID("6")}, {"HEAD", "app-", OID("1")},
        {"2.0.0", "app-", OID("2")}, /* literally */
        {"2.x-0", "app-", OID("5")},
    };
    static const struct git_refs all = {tags, ARRAY_LEN(tags)};
    cleanup_error struct error *none = NULL;
    char oid[GIT_OID_HEX_BYTES];
    char *ref = NULL;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_free char *name = NULL;
        cleanup_error struct error *err = NULL;

        EXPECT_OK(
            git_refs_resolve_prefixed(&all, cases[i].revision, cases[i].prefix, oid, &name, &err));
        EXPECT_STR(oid, cases[i].oid);
    }
    EXPECT_INT(git_refs_resolve_prefixed(&all, "3.x", "app-", oid, &ref, &none), -1);
}

TEST(an_annotated_tag_has_an_object_of_its_own)
{
    EXPECT_STR(git_refs_tag(&refs, "refs/tags/latest"), OID("b"));
    EXPECT_STR(git_refs_tag(&refs, "refs/tags/v1.2.0"), "");
    EXPECT_STR(git_refs_tag(&refs, "refs/tags/absent"), "");
    EXPECT_STR(git_refs_tag(&refs, NULL), "");
}

TEST(what_does_not_resolve_says_why)
{
    static const struct {
        const char *revision;
        enum error_kind kind;
        const char *part;
    } cases[] = {
        {"nothing", ERROR_NOT_FOUND, "unable to resolve 'nothing' to a commit SHA"},
        {"3.x", ERROR_NOT_FOUND, "unable to resolve"},
        {"1.2.0", ERROR_NOT_FOUND, "unable to resolve"}, /* literally: the tag is v1.2.0 */
        {"abcdef0", ERROR_UNSUPPORTED, "all 40 digits"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char oid[GIT_OID_HEX_BYTES] = "";
        char *ref = NULL;
        cleanup_error struct error *err = NULL;
        EXPECT_INT(git_refs_resolve(&refs, cases[i].revision, oid, &ref, &err), -1);
        EXPECT_INT(error_kind(err), cases[i].kind);
        EXPECT_CONTAINS(error_message(err), cases[i].part);
        EXPECT_NULL(ref);
    }
}
