/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/git_user.h"

#include "lib/base/buf.h"
#include "tests/test.h"

/* Not keys, but what their first line looks like: the cipher is told there. */
#define PLAIN "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ\n"
#define LOCKED "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHI\n"

TEST(the_first_key_without_a_passphrase_is_used)
{
    const char *home = test_tmpdir();
    struct git_credentials *c;

    setenv("HOME", home, 1);
    EXPECT_NULL(git_user_credentials("git@example.com:a/b"));
    test_write_file(home, ".ssh/id_ed25519", LOCKED);
    test_write_file(home, ".ssh/id_ecdsa",
                    "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED");
    EXPECT_NULL(git_user_credentials("ssh://git@example.com/a/b"));
    test_write_file(home, ".ssh/id_rsa", PLAIN);
    c = git_user_credentials("ssh://git@example.com/a/b");
    EXPECT(c != NULL);
    EXPECT_STR(c->ssh_private_key, PLAIN);
    EXPECT_NULL(c->password);
    git_credentials_free(c);
}

static void use_helper(const char *helper)
{
    setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
    setenv("GIT_TERMINAL_PROMPT", "0", 1);
    setenv("GIT_CONFIG_COUNT", "1", 1);
    setenv("GIT_CONFIG_KEY_0", "credential.helper", 1);
    setenv("GIT_CONFIG_VALUE_0", helper, 1);
}

TEST(git_is_asked_for_a_user_and_a_password)
{
    struct git_credentials *c;

    use_helper("!f() { grep -q host=example.com && echo username=eva && echo password=a=b; }; f");
    c = git_user_credentials("https://example.com/a/b.git");
    EXPECT(c != NULL);
    EXPECT_STR(c->username, "eva");
    EXPECT_STR(c->password, "a=b");
    git_credentials_free(c);
    EXPECT_NULL(git_user_credentials("https://example.com/a\nhost=example.org"));
    use_helper("!exit 1");
    EXPECT_NULL(git_user_credentials("https://example.com/a/b.git"));
}

TEST(without_git_there_are_none)
{
    cleanup_free char *path = xstrdup(getenv("PATH"));

    setenv("PATH", "/nonexistent", 1);
    EXPECT_NULL(git_user_credentials("https://example.com/a/b.git"));
    setenv("PATH", path, 1);
}
