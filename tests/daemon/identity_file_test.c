/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/identity_file.h"

#include "tests/test.h"

#include <unistd.h>

TEST(the_next_process_has_the_name_of_the_last_one)
{
    cleanup_free char *dir = xstrdup(test_tmpdir());
    struct identity_file first = identity_file_open(dir);
    cleanup_free char *name = xstrdup(first.name);
    char host[256] = "";
    struct identity_file second;

    gethostname(host, sizeof(host) - 1);
    EXPECT(str_has_prefix(name, host) && name[strlen(host)] == '_');
    identity_file_close(&first);
    second = identity_file_open(dir);
    EXPECT_STR(second.name, name);
    identity_file_close(&second);
}

TEST(while_it_lives_another_one_has_another_name)
{
    cleanup_free char *dir = xstrdup(test_tmpdir());
    struct identity_file first = identity_file_open(dir);
    struct identity_file second = identity_file_open(dir);

    EXPECT(!streq(first.name, second.name));
    EXPECT_INT(second.fd, -1);
    identity_file_close(&second);
    identity_file_close(&first);
}

TEST(a_name_from_before_the_machine_started_or_a_broken_file_does_not_count)
{
    static const char *const files[] = {
        "00000000-0000-0000-0000-000000000000 11111111-1111-1111-1111-111111111111\n", "", "?\n"};

    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        cleanup_free char *dir = xstrdup(test_tmpdir());
        struct identity_file file;

        test_write_file(dir, "identity", files[i]);
        file = identity_file_open(dir);
        EXPECT_NULL(strstr(file.name, "11111111-1111"));
        EXPECT(file.fd >= 0);
        identity_file_close(&file);
    }
}

TEST(without_a_place_for_it_the_name_is_new)
{
    struct identity_file first = identity_file_open("/nonexistent");
    struct identity_file second = identity_file_open("/nonexistent");

    EXPECT(strlen(first.name) > 36);
    EXPECT(!streq(first.name, second.name));
    identity_file_close(&first);
    identity_file_close(&second);
}
