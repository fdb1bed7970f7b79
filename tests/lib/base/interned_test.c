/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/interned.h"

#include "tests/test.h"

#include <pthread.h>
#include <stdio.h>

#define MANY 1000

TEST(equal_texts_are_one)
{
    char other[] = "Deployment";
    const char *a = interned_ref("Deployment");
    const char *b = interned_ref(other);
    const char *c = interned_take(xstrdup("Deployment"));
    const char *different = interned_ref("DeploymenT");

    EXPECT(a == b && b == c && a != other && different != a);
    EXPECT_STR(a, "Deployment");
    EXPECT_INT(interned_count(), 2);
    interned_unref(a);
    interned_unref(b);
    EXPECT_STR(c, "Deployment");
    interned_unref(c);
    EXPECT_INT(interned_count(), 1);
    interned_unref(different);
    EXPECT_INT(interned_count(), 0);
}

TEST(null_is_no_text_and_the_empty_text_is_one)
{
    const char *empty = interned_ref("");

    EXPECT_NULL(interned_ref(NULL));
    EXPECT_NULL(interned_take(NULL));
    interned_unref(NULL);
    EXPECT_STR(empty, "");
    interned_unref(empty);
    EXPECT_INT(interned_count(), 0);
}

/* Each holds all of them for a while, and drops them in another order than it took them. */
static void *hold_many(void *arg)
{
    static const char *held[2][MANY];
    const char **own = held[(size_t)arg];

    for (int i = 0; i < MANY; i++) {
        char text[32];

        snprintf(text, sizeof(text), "text %d", i);
        own[i] = interned_ref(text);
        if (!streq(own[i], text))
            return "another text";
    }
    for (int i = 0; i < MANY; i++)
        interned_unref(own[i * 7 % MANY]);
    return NULL;
}

TEST(threads_share_them)
{
    pthread_t thread;
    void *wrong = NULL;

    EXPECT_INT(pthread_create(&thread, NULL, hold_many, (void *)1), 0);
    EXPECT_NULL(hold_many((void *)0));
    pthread_join(thread, &wrong);
    EXPECT_NULL(wrong);
    EXPECT_INT(interned_count(), 0);
}
