/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/remote.h"

#include "tests/test.h"

#include "lib/base/mem.h"

/* What kustomize v5.8.3 makes of the same text. */
static const struct {
    const char *text;
    const char *url;
    const char *path;
    const char *ref;
} repositories[] = {
    {"https://git.example/team/base", "https://git.example/team/base", "", ""},
    {"https://git.example/team/base/", "https://git.example/team/base", "", ""},
    {"https://git.example/team/base/overlays/a", "https://git.example/team/base", "overlays/a", ""},
    {"https://git.example/team/base?ref=v1", "https://git.example/team/base", "", "v1"},
    {"HTTPS://git.example/team/base", "https://git.example/team/base", "", ""},
    {"http://git.example:8080/team/base", "http://git.example:8080/team/base", "", ""},
    {"https://me@git.example/team/base", "https://me@git.example/team/base", "", ""},
    {"https://git.example/a/b/c//d/../e?ref=x", "https://git.example/a/b/c", "e", "x"},
    {"https://git.example/a/b/c.git/d?ref=x", "https://git.example/a/b/c.git", "d", "x"},
    {"https://git.example/a/b.github.io/c", "https://git.example/a/b.git", "hub.io/c", ""},
    {"https://git.example/a/b.git//c", "https://git.example/a/b.git", "c", ""},
    {"https://git.example/o/p/_git/r/a/b", "https://git.example/o/p/_git/r", "a/b", ""},
    {"ssh://git@git.example:7999/team/base", "ssh://git@git.example:7999/team/base", "", ""},
    {"git@git.example:team/base/a", "git@git.example:team/base", "a", ""},
    {"git@git.example/team/base/a", "git@git.example/team/base", "a", ""},
    {"github.com/team/base/a", "https://github.com/team/base", "a", ""},
    {"GitHub.com:team/base", "https://github.com/team/base", "", ""},
    {"git@github.com/team/base", "git@github.com:team/base", "", ""},
    {"http://github.com/team/base", "https://github.com/team/base", "", ""},
    {"ssh://github.com/team/base", "github.com:team/base", "", ""},
    {"git::https://git.example/team/base", "https://git.example/team/base", "", ""},
    {"git::git@github.com:team/base", "git@github.com:team/base", "", ""},
    {"file:///srv/git/base", "file:///srv/git/base", "", ""},
    {"file:///srv/git/base.git/a", "file:///srv/git/base.git", "a", ""},
    {"file:///srv/git/base//a?ref=x", "file:///srv/git/base", "a", "x"},
    {"https://git.example/a/b?version=v2", "https://git.example/a/b", "", "v2"},
    {"https://git.example/a/b?version=v2&ref=v3", "https://git.example/a/b", "", "v3"},
    {"https://git.example/a/b?ref=&version=v2", "https://git.example/a/b", "", "v2"},
    {"https://git.example/a/b?ref=x&ref=y", "https://git.example/a/b", "", "x"},
    {"https://git.example/a/b?ref=x%2Fy+z", "https://git.example/a/b", "", "x/y z"},
    {"https://git.example/a/b?ref=x;y", "https://git.example/a/b", "", ""},
    {"https://git.example/a/b?ref=x&y=%zz", "https://git.example/a/b", "", ""},
    {"https://git.example/a/b?ref=x?y", "https://git.example/a/b", "", "x?y"},
};

TEST(a_repository_is_url_path_and_ref)
{
    for (size_t i = 0; i < ARRAY_LEN(repositories); i++) {
        cleanup_remote_repository struct remote_repository r = {0};
        cleanup_error struct error *err = NULL;

        EXPECT_OK(remote_repository_parse(repositories[i].text, &r, &err));
        EXPECT_STR(r.raw, repositories[i].text);
        EXPECT_STR(r.url, repositories[i].url);
        EXPECT_STR(r.path, repositories[i].path);
        EXPECT_STR(r.ref, repositories[i].ref);
    }
}

TEST(a_path_is_no_repository)
{
    static const char *const texts[] = {
        "",
        ".",
        "../base",
        "/srv/base",
        "base/github.com/a/b",
        "git.example/team/base",
        "gh:team/base",
        "ftp://git.example/team/base",
        "https://git.example",
        "https://git.example/base",
        "github.com/base",
        "https://git.example/a/b//../c",
        "file://",
        "1x@git.example:team/base",
    };

    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct remote_repository r = {0};
        cleanup_error struct error *err = NULL;

        EXPECT_INT(remote_repository_parse(texts[i], &r, &err), -1);
        EXPECT_INT(error_kind(err), ERROR_INVALID);
        EXPECT_NULL(r.url);
    }
}

TEST(the_query_sets_submodules_and_timeout)
{
    static const struct {
        const char *query;
        bool submodules;
        unsigned timeout_s;
    } rows[] = {
        {"", true, 27},
        {"?submodules=false", false, 27},
        {"?submodules=0&timeout=61", false, 61},
        {"?submodules=no", true, 27},
        {"?timeout=61s", true, 61},
        {"?timeout=1m30.5s", true, 91},
        {"?timeout=300ms", true, 1},
        {"?timeout=%2B5", true, 5},
        {"?timeout=0", true, 27},
        {"?timeout=-3", true, 27},
        {"?timeout=1.2", true, 27},
        {"?submodules=false&x=%z", true, 27},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_free char *text = xasprintf("https://git.example/a/b%s", rows[i].query);
        cleanup_remote_repository struct remote_repository r = {0};
        cleanup_error struct error *err = NULL;

        EXPECT_OK(remote_repository_parse(text, &r, &err));
        EXPECT_INT(r.submodules, rows[i].submodules);
        EXPECT_INT(r.timeout_s, rows[i].timeout_s);
    }
}

TEST(a_file_url_is_http_or_https)
{
    static const struct {
        const char *text;
        bool is_file;
    } rows[] = {
        {"https://files.example/a.yaml", true},
        {"HTTP://files.example/a.yaml", true},
        {"https://files.example:8443/a%20b.yaml?x=%zz", true},
        {"https://[::1]:80/a.yaml", true},
        {"https:a.yaml", true},
        {"https.yaml", false},
        {"ftp://files.example/a.yaml", false},
        {"git@files.example:a/b", false},
        {"https://files example/a.yaml", false},
        {"https://files.example:x/a.yaml", false},
        {"https://files.example/a%zz.yaml", false},
        {"https://files.example/a#%zz", false},
        {"https://files.example/a\n", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        EXPECT_INT(remote_is_file_url(rows[i].text), rows[i].is_file);
}
