/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/buf.h"
#include "lib/git/remote.h"
#include "tests/test.h"

static const char key[] = "key"; /* a2V5 */

static enum known_host check(const char *pattern, const char *host)
{
    cleanup_free char *line = xasprintf("%s ssh-ed25519 a2V5\n", pattern);

    return known_hosts_check(line, host, 22, key, strlen(key));
}

TEST(stars_and_question_marks_stand_for_what_sshd_says)
{
    static const struct {
        const char *pattern, *host;
        bool known;
    } rows[] = {
        {"git.example.org", "git.example.org", true},
        {"GIT.example.org", "git.Example.org", true},
        {"git.example.org", "git.example.orgs", false},
        {"git.example.orgs", "git.example.org", false},
        {"*", "h", true},
        {"**", "h", true},
        {"*.example.org", "git.example.org", true},
        {"*.example.org", "example.org", false},
        {"g*t*e.org", "git.example.org", true},
        {"g*t*x.org", "git.example.org", false},
        {"g*t*e*.org", "git.example.org", true},
        {"git.*.org*", "git.a.b.org", true},
        {"*a*ab", "aaab", true},
        {"?it.*", "git.x", true},
        {"?git", "git", false},
        {"git?", "git", false},
        {"other,git", "git", true},
        {"*,!git", "git", false},
        {"*,!git", "hub", true},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        EXPECT_INT(check(rows[i].pattern, rows[i].host), rows[i].known ? HOST_KNOWN : HOST_UNKNOWN);
}

/* Found by the fuzzer: trying each star again and again took hours. */
TEST(many_stars_take_no_time)
{
    cleanup_free char *host = xasprintf("%0200d", 1);
    cleanup_free char *pattern = xcalloc(1, 1000);

    for (int i = 0; i < 300; i++)
        strcat(pattern, "*0");
    strcat(pattern, "x");
    EXPECT_INT(check(pattern, host), HOST_UNKNOWN);
}
