/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/object/compare_options.h"
#include "tests/test.h"

TEST(words_are_trimmed_and_exact)
{
    EXPECT(options_have("a, B=true ,c", "B=true"));
    EXPECT(options_have("B=true", "B=true"));
    EXPECT(!options_have("B=true1", "B=true"));
    EXPECT(!options_have("b=true", "B=true"));
    EXPECT(!options_have("xB=true", "B=true"));
    EXPECT(!options_have("", "B=true"));
    EXPECT(!options_have(NULL, "B=true"));
    EXPECT(options_have(" ,, B=true", "B=true"));
}

TEST(options_of_a_comparison)
{
    struct compare_options o = compare_options_parse("IgnoreExtraneous,ServerSideDiff=true");

    EXPECT(o.ignore_extraneous);
    EXPECT_INT(o.server_side_diff, SERVER_SIDE_DIFF_ALWAYS);
    EXPECT(!o.include_mutation_webhook);
    o = compare_options_parse("ServerSideDiff=false, IncludeMutationWebhook=true");
    EXPECT(!o.ignore_extraneous);
    EXPECT_INT(o.server_side_diff, SERVER_SIDE_DIFF_NEVER);
    EXPECT(o.include_mutation_webhook);
    o = compare_options_parse(NULL);
    EXPECT(!o.ignore_extraneous && !o.include_mutation_webhook);
    EXPECT_INT(o.server_side_diff, SERVER_SIDE_DIFF_UNSET);
}
