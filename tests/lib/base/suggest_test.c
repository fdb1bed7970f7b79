/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/suggest.h"

#include "tests/test.h"

TEST(a_distance_counts_letters)
{
    EXPECT_INT(suggest_distance("", ""), 0);
    EXPECT_INT(suggest_distance("shop", "shop"), 0);
    EXPECT_INT(suggest_distance("shop", ""), 4);
    EXPECT_INT(suggest_distance("", "shop"), 4);
    EXPECT_INT(suggest_distance("shop", "shops"), 1);
    EXPECT_INT(suggest_distance("shop", "hop"), 1);
    EXPECT_INT(suggest_distance("shop", "ship"), 1);
    EXPECT_INT(suggest_distance("shop", "hsop"), 1);
    EXPECT_INT(suggest_distance("kitten", "sitting"), 3);
}

TEST(a_distance_of_long_words_is_great)
{
    cleanup_free char *a = xmalloc(201);

    memset(a, 'a', 200);
    a[200] = '\0';
    EXPECT_INT(suggest_distance(a, a), 0);
    EXPECT(suggest_distance(a, "a") > 20);
}

static const char *meant(const char *word)
{
    static const char *const words[] = {"get", "describe", "diff", "refresh", "render", "wait"};
    struct suggestion s = {.word = word};

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        suggestion_consider(&s, words[i]);
    return s.best;
}

TEST(what_is_near_is_meant)
{
    EXPECT_STR(meant("gte"), "get");
    EXPECT_STR(meant("desc"), "describe");
    EXPECT_STR(meant("dif"), "diff");
    EXPECT_STR(meant("refersh"), "refresh");
    EXPECT_STR(meant("re"), "refresh"); /* the first of equals */
}

TEST(what_is_far_is_not)
{
    EXPECT(meant("") == NULL);
    EXPECT(meant("x") == NULL);
    EXPECT(meant("g") == NULL);
    EXPECT(meant("install") == NULL);
}

TEST(a_suggestion_is_a_question)
{
    struct suggestion s = {.word = "shpo"};
    cleanup_free char *none = suggestion_text(&s, "--");
    cleanup_free char *some = NULL;

    suggestion_consider(&s, "shop");
    some = suggestion_text(&s, "--");
    EXPECT_STR(none, "");
    EXPECT_STR(some, "; did you mean --shop?");
}
