/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/test.h"

#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_TESTS 1024

static struct CMUnitTest tests[MAX_TESTS];
static size_t test_count;
static char tmpdir[64];

void test_register(const char *name, CMUnitTestFunction fn)
{
    if (test_count == MAX_TESTS)
        abort();
    tests[test_count++] = (struct CMUnitTest){.name = name, .test_func = fn};
}

const char *test_shared(const char *path)
{
    static char full[4096];

    snprintf(full, sizeof(full), "%s/../shared/%s", TEST_ROOT, path);
    return access(full, F_OK) == 0 ? full : NULL;
}

char *test_read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    char *text = NULL;
    size_t len = 0;

    if (!f)
        return NULL;
    if (getdelim(&text, &len, EOF, f) < 0) {
        free(text);
        text = calloc(1, 1);
    }
    fclose(f);
    return text;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void remove_tmpdir(void)
{
    nftw(tmpdir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

const char *test_tmpdir(void)
{
    static unsigned count;
    static char path[96];

    if (!tmpdir[0]) {
        strcpy(tmpdir, "/tmp/gitopsd-test-XXXXXX");
        if (!mkdtemp(tmpdir))
            abort();
        atexit(remove_tmpdir);
    }
    snprintf(path, sizeof(path), "%s/%u", tmpdir, count++);
    if (mkdir(path, 0700) < 0)
        abort();
    return path;
}

void test_write_file(const char *dir, const char *path, const char *text)
{
    char full[4096];
    FILE *f;

    snprintf(full, sizeof(full), "%s/%s", dir, path);
    for (char *slash = strchr(full + strlen(dir) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(full, 0700);
        *slash = '/';
    }
    f = fopen(full, "wb");
    if (!f || fputs(text, f) < 0 || fclose(f) != 0)
        abort();
}

int main(void)
{
    return _cmocka_run_group_tests("gitopsd", tests, test_count, NULL, NULL);
}
