/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/git/semver.h"
#include "tests/test.h"

TEST(versions_are_ordered)
{
    static const char *const ascending[] = {
        "0.0.1",
        "0.1",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "v1.0.0",
        "1.0.1",
        "1.2",
        "1.10.0",
        "2",
    };
    for (size_t i = 0; i < ARRAY_LEN(ascending); i++) {
        for (size_t j = 0; j < ARRAY_LEN(ascending); j++) {
            struct semver a, b;
            EXPECT(semver_parse(ascending[i], &a));
            EXPECT(semver_parse(ascending[j], &b));
            int c = semver_compare(&a, &b);
            EXPECT_INT(c < 0, i < j);
            EXPECT_INT(c == 0, i == j);
        }
    }
}

TEST(what_is_no_version_is_refused)
{
    static const char *const bad[] = {"",
                                      "main",
                                      "1.",
                                      "1.2.3.4",
                                      "1.2.3-",
                                      "v",
                                      "1.2.3-a..b",
                                      "1.2.3 ",
                                      "-1.2.3",
                                      "1.x",
                                      "99999999999999999999999"};
    struct semver v;

    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        EXPECT(!semver_parse(bad[i], &v));
}

TEST(constraints_match)
{
    static const struct {
        const char *constraint, *version;
        bool matches;
    } cases[] = {
        {"*", "1.2.3", true},
        {"*", "1.2.3-rc.1", false},
        {"1.x", "1.9.9", true},
        {"1.x", "2.0.0", false},
        {"1.2", "1.2.7", true},
        {"1.2", "1.3.0", false},
        {"1.2.x", "1.2.0", true},
        {"1", "1.5.0", true},
        {"v1", "v1.5.0", true},
        {"^1.2", "1.2.0", true},
        {"^1.2", "1.9.0", true},
        {"^1.2", "1.1.9", false},
        {"^1.2", "2.0.0", false},
        {"^0.2.3", "0.2.9", true},
        {"^0.2.3", "0.3.0", false},
        {"^0.0.3", "0.0.3", true},
        {"^0.0.3", "0.0.4", false},
        {"^0", "0.9.0", true},
        {"^0.0", "0.0.9", true},
        {"^0.0", "0.1.0", false},
        {"~1.2.3", "1.2.9", true},
        {"~1.2.3", "1.2.2", false},
        {"~1.2.3", "1.3.0", false},
        {"~1.2", "1.2.9", true},
        {"~1", "1.9.0", true},
        {"~1", "2.0.0", false},
        {">=1.2 <2", "1.9.9", true},
        {">=1.2 <2", "2.0.0", false},
        {">=1.2, <2", "1.2.0", true},
        {">=1.2,<2", "1.1.0", false},
        {">= 1.2 < 2", "1.5.0", true},
        {"<2 >=1.2", "1.5.0", true},
        {"1.2 - 1.4", "1.4.9", true},
        {"1.2 - 1.4", "1.5.0", false},
        {"1.2.0 - 1.4.0", "1.4.1", false},
        {"<1 || >=2", "2.1.0", true},
        {"<1 || >=2", "1.1.0", false},
        {"1.x || 3.x", "3.0.1", true},
        {"!=1.2.3", "1.2.4", true},
        {"!=1.2.3", "1.2.3", false},
        {">1.2", "1.2.9", false},
        {">1.2", "1.3.0", true},
        {"<=1.2", "1.2.9", true},
        {"<=1.2", "1.3.0", false},
        {"=1.2.3", "1.2.3", true},
        {">=1.0.0-0", "1.1.0-rc.1", true},
        {">=1.0.0", "1.1.0-rc.1", false},
        {"^1.2.0-0", "2.0.0-rc.1", false},
        {"bogus", "1.0.0", false},
        {">=", "1.0.0", false},
        {"1.2 ||", "1.2.0", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct semver v;
        EXPECT(semver_parse(cases[i].version, &v));
        if (semver_matches(cases[i].constraint, &v) != cases[i].matches)
            fail_msg("\"%s\" and %s: expected %d", cases[i].constraint, cases[i].version,
                     cases[i].matches);
    }
}

TEST(a_full_version_and_a_branch_are_no_constraints)
{
    static const char *const no[] = {"1.2.3", "v1.2.3",      "1.2.3-rc.1", "main",           "HEAD",
                                     "",      "release-1.2", "feature/x",  "refs/heads/main"};
    static const char *const yes[] = {"1.2", "1", "*", "1.x", "^1.2.3", ">=1.2.3", "~1", "=1.2.3"};

    for (size_t i = 0; i < ARRAY_LEN(no); i++)
        EXPECT(!semver_is_constraint(no[i]));
    for (size_t i = 0; i < ARRAY_LEN(yes); i++)
        EXPECT(semver_is_constraint(yes[i]));
}
