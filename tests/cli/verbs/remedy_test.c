/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/remedy.h"

#include "lib/base/mem.h"
#include "tests/test.h"

/* Every condition that docs/operating.md lists has a remedy, but those whose message is one. */
TEST(every_documented_condition_has_a_remedy)
{
    cleanup_free char *text = test_read_file("docs/operating.md");
    size_t count = 0;

    EXPECT(text != NULL);
    for (char *row = strstr(text, "\n| `"); row; row = strstr(row + 1, "\n| `")) {
        cleanup_free char *type = xstrndup(row + 4, strcspn(row + 4, "`"));

        if ((!str_has_suffix(type, "Error") && !str_has_suffix(type, "Warning")) ||
            streq(type, "DeletionError"))
            continue;
        count++;
        if (!remedy_of(type, ""))
            if (!remedy_of(type, "Failed to load target state"))
                fail_msg("%s has no remedy", type);
    }
    EXPECT(count >= 12);
}

TEST(the_message_may_tell_which)
{
    EXPECT_CONTAINS(remedy_of("ComparisonError", "Failed to load live state: x"), "grant");
    EXPECT_CONTAINS(remedy_of("ComparisonError", "Failed to load target state: x"), "commit");
    EXPECT_CONTAINS(remedy_of("SyncError", "auto-sync will wipe out all resources"), "allowEmpty");
    EXPECT_NULL(remedy_of("Other", "x"));
}
