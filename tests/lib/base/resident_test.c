/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/resident.h"

#include "lib/base/hash.h"
#include "tests/test.h"

#include <stdio.h>

static const char constant[] = "a constant";
static char data[] = "data";

/* Of files, in KiB. */
static long resident_of_files(void)
{
    FILE *f = fopen("/proc/self/status", "r");
    char line[256];
    long kib = -1;

    while (f && fgets(line, sizeof(line), f))
        sscanf(line, "RssFile: %ld", &kib);
    if (f)
        fclose(f);
    return kib;
}

TEST(code_leaves_memory_and_comes_back_when_it_runs)
{
    uint64_t hash = hash64(constant, sizeof(constant));
    char *heap = xstrdup("heap");
    long before = resident_of_files();
    long after;

    data[0] = 'D';
    resident_trim();
    after = resident_of_files();
    EXPECT(before > 0 && after > 0 && after < before);
    EXPECT(hash64(constant, sizeof(constant)) == hash);
    EXPECT_STR(constant, "a constant");
    EXPECT_STR(data, "Data");
    EXPECT_STR(heap, "heap");
    free(heap);
}
