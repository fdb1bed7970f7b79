/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/source/remote_url.h"

#include "tests/test.h"

TEST(only_what_a_pattern_names_is_allowed)
{
    static const struct {
        const char *pattern;
        const char *url;
        bool allowed;
    } rows[] = {
        {"https://git.example/team/*", "https://git.example/team/base", true},
        {"https://git.example/team/*", "https://git.example/team/base.git", true},
        {"https://git.example/team/*", "https://git.example/team/a/b", false},
        {"https://git.example/team/*", "https://git.example/other/base", false},
        {"https://git.example/team/*", "http://git.example/team/base", false},
        {"https://git.example/**", "https://git.example/a/b/c.yaml?x=%2F", true},
        {"https://*.example/**", "https://git.example/a", true},
        {"https://*.example/**", "https://git.other/a", false},
        {"https://*.example/**", "https://git.other/a.example/b", false},
        {"git@git.example:team/*", "git@git.example:team/base", true},
        {"ssh://git@git.example/**", "ssh://git@git.example/team/base", true},
        {"**", "https://git.example/.github/a", true},
        /* the host or the directory is another one than it seems */
        {"https://*.example/**", "https://git.other#.example/a", false},
        {"https://*.example/**", "https://git.other?.example/a", false},
        {"https://*.example/**", "https://git.other\\.example/a", false},
        {"https://*.example/**", "https://git.other%2F.example/a", false},
        {"https://git.example/team/**", "https://git.example/team/../other/base", false},
        {"https://git.example/team/**", "https://git.example/team/%2e%2e/other/base", false},
        {"https://git.example/team/**", "https://git.example/team/..", false},
        {"https://git.example/**", "https://git.example/a\nb", false},
        /* nothing on this machine, whatever the pattern says */
        {"**", "file:///srv/git/base", false},
        {"**", "/srv/git/base", false},
        {"**", "base", false},
        {"**", "ftp://git.example/a", false},
        {"**", "https://me:secret@git.example/team/base", false},
        {"**", "https://secret@git.example/team/base", false},
        {"**", "https://git@git.example/team/base", true},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_strvec struct strvec patterns = {0};
        cleanup_error struct error *err = NULL;
        int result;

        strvec_push(&patterns, "https://unused.example/");
        strvec_push(&patterns, rows[i].pattern);
        result = remote_url_check(&patterns, rows[i].url, &err);
        if ((result == 0) != rows[i].allowed)
            fail_msg("%s and %s: %s", rows[i].pattern, rows[i].url, error_message(err));
        if (result == 0)
            continue;
        EXPECT_INT(error_kind(err), ERROR_DENIED);
        EXPECT_NULL(strstr(error_message(err), "secret@"));
    }
}

TEST(a_refusal_names_the_option)
{
    struct strvec none = {0};
    cleanup_error struct error *err = NULL;

    EXPECT_INT(remote_url_check(&none, "https://git.example/team/base", &err), -1);
    EXPECT_CONTAINS(error_message(err), "https://git.example/team/base");
    EXPECT_CONTAINS(error_message(err), "--allow-remote");
}
