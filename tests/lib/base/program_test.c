/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/program.h"

#include "lib/base/mem.h"
#include "tests/test.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* The folder of this test, without the last slash. Heap string. */
static char *own_folder(void)
{
    char *self = realpath("/proc/self/exe", NULL);

    *strrchr(self, '/') = '\0';
    return self;
}

static void make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0755);
        *slash = '/';
    }
}

static void make_program(const char *path)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    fclose(f);
    chmod(path, 0755);
}

TEST(a_program_is_beside_this_one_or_where_such_programs_are_installed)
{
    cleanup_free char *folder = own_folder();
    cleanup_free char *beside = xasprintf("%s/program-test-%d", folder, (int)getpid());
    const char *name = strrchr(beside, '/') + 1;
    cleanup_free char *installed = xasprintf("%s/" GITOPSD_LIBEXEC "/%s", folder, name);
    cleanup_free char *nowhere = program_find(name);

    EXPECT_STR(nowhere, beside); /* what an error then names */
    make_folders(installed);
    make_program(installed);
    {
        cleanup_free char *found = program_find(name);

        EXPECT_STR(found, installed);
    }
    chmod(installed, 0644);
    {
        cleanup_free char *forbidden = program_find(name);

        EXPECT_STR(forbidden, installed); /* and not: there is none */
    }
    make_program(beside);
    {
        cleanup_free char *found = program_find(name);

        EXPECT_STR(found, beside);
    }
    unlink(beside);
    unlink(installed);
}
