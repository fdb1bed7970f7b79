/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/words.h"

#include "tests/test.h"

static void literal_is(const char *text, const char *want)
{
    cleanup_buf struct buf b = BUF_UNLIMITED;

    words_put_literal(text, " ", &b);
    EXPECT_STR(b.data, want);
}

TEST(words_in_lower_case_are_meant_as_they_are)
{
    literal_is("table|wide|json", "table wide json");
    literal_is("[wait] [[NAMESPACE/]APP...]", "wait");
    literal_is("OBJECT.yaml|-", "");
    literal_is("no-wait", "no-wait");
    literal_is("synced|revision=COMMIT|KEY=VALUE", "synced revision=");
    literal_is("", "");
}

static unsigned of_arguments(const char *arguments)
{
    struct verb verb = {.arguments = arguments};

    return words_of_arguments(&verb);
}

TEST(what_completes_an_argument)
{
    EXPECT_INT(of_arguments(NULL), 0);
    EXPECT_INT(of_arguments("[NAMESPACE/]APP..."), WORDS_APPS);
    EXPECT_INT(of_arguments("APP | PATH"), WORDS_APPS | WORDS_FILES);
    EXPECT_INT(of_arguments("OBJECT.yaml|-"), WORDS_FILES);
    EXPECT_INT(of_arguments("[VERB]"), WORDS_VERBS);
    EXPECT_INT(of_arguments("bash|zsh|fish"), WORDS_LITERAL);
}

TEST(what_completes_an_option)
{
    EXPECT_INT(words_of_option(&(struct option_spec){.name = "prune"}), 0);
    EXPECT_INT(words_of_option(&(struct option_spec){.name = "timeout", .value = "DURATION"}), 0);
    EXPECT_INT(words_of_option(&(struct option_spec){.name = "kubeconfig", .value = "FILE"}),
               WORDS_FILES);
    EXPECT_INT(words_of_option(&(struct option_spec){.name = "context", .value = "NAME"}),
               WORDS_CONTEXTS);
    EXPECT_INT(words_of_option(&(struct option_spec){.name = "output", .value = "a|b"}),
               WORDS_LITERAL);
    EXPECT_INT(words_of_option(&(struct option_spec){.name = "for", .value = "a|c=X"}),
               WORDS_LITERAL);
}
