/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/observe/fight.h"

#include "tests/test.h"

#define KEY "apps/Deployment/shop/web"

static const struct fight_difference replicas = {
    .path = ".spec.replicas", .wanted = "2", .live = "5", .manager = "autoscaler"};
static const struct fight_difference image = {
    .path = ".spec.image", .wanted = "\"a\"", .live = "\"b\""};

static void round_at(struct fights *f, const struct fight_difference *how, uint64_t now)
{
    fights_wrote(f, KEY, now);
    fights_differs(f, KEY, how, now + 10);
}

TEST(after_some_rounds_the_object_is_left_alone_for_longer_and_longer)
{
    struct fights f = {0};
    uint64_t now = 1000;
    uint64_t delay = FIGHT_FIRST_DELAY_MS;

    for (int i = 1; i < FIGHT_ROUNDS; i++) {
        round_at(&f, &replicas, now);
        EXPECT_INT(fights_held_until(&f, KEY, now + 10), 0);
        EXPECT(fights_message(&f, KEY, now + 10) == NULL);
    }
    for (int i = 0; i < 12; i++) {
        round_at(&f, &replicas, now);
        EXPECT_INT(fights_held_until(&f, KEY, now + 10), now + 10 + delay);
        EXPECT_INT(fights_held_until(&f, KEY, now + 10 + delay), 0);
        now += delay + 100;
        delay = delay * 2 > FIGHT_MAX_DELAY_MS ? FIGHT_MAX_DELAY_MS : delay * 2;
    }
    EXPECT_INT(delay, FIGHT_MAX_DELAY_MS);
    fights_clear(&f);
}

TEST(a_fight_is_told_with_both_values_and_the_other_manager)
{
    struct fights f = {0};
    cleanup_free char *told = NULL;
    cleanup_free char *unknown = NULL;

    for (int i = 0; i < FIGHT_ROUNDS; i++)
        round_at(&f, &replicas, 1000);
    told = fights_message(&f, KEY, 1010);
    EXPECT_STR(told, ".spec.replicas keeps changing back (5 times): Git says 2, field manager "
                     "autoscaler makes it 5; it is now repaired less often. Stop one of the two, "
                     "or list the field in spec.ignoreDifferences");
    fights_forget(&f, KEY);
    for (int i = 0; i < FIGHT_ROUNDS; i++)
        round_at(&f, &image, 1000);
    unknown = fights_message(&f, KEY, 1010);
    EXPECT(strstr(unknown, "Git says \"a\", something in the cluster makes it \"b\";"));
    fights_clear(&f);
}

TEST(a_fight_that_ended_is_told_a_little_longer)
{
    struct fights f = {0};
    cleanup_free char *still = NULL;
    uint64_t until;

    for (int i = 0; i < FIGHT_ROUNDS; i++)
        round_at(&f, &replicas, 1000);
    until = fights_told_until(&f, KEY, 1010);
    EXPECT_INT(until, 1010 + FIGHT_FIRST_DELAY_MS + FIGHT_TOLD_MS);
    still = fights_message(&f, KEY, until - 1);
    EXPECT(still != NULL);
    EXPECT(fights_message(&f, KEY, until) == NULL);
    fights_clear(&f);
}

TEST(only_what_follows_a_write_counts)
{
    struct fights f = {0};

    EXPECT(!fights_is_watching(&f, KEY, 1000));
    for (int i = 0; i < 10; i++)
        fights_differs(&f, KEY, &replicas, 1000);
    EXPECT(!fights_any(&f));
    fights_wrote(&f, KEY, 1000);
    EXPECT(fights_is_watching(&f, KEY, 1000));
    for (int i = 0; i < 10; i++) /* more events of one and the same difference */
        fights_differs(&f, KEY, &replicas, 1000);
    EXPECT(!fights_is_watching(&f, KEY, 1000));
    EXPECT_INT(fights_held_until(&f, KEY, 1000), 0);
    fights_clear(&f);
}

TEST(another_field_is_another_fight)
{
    struct fights f = {0};

    for (int i = 0; i < 10; i++)
        round_at(&f, i % 2 ? &image : &replicas, 1000);
    EXPECT_INT(fights_held_until(&f, KEY, 1010), 0);
    fights_clear(&f);
}

TEST(people_who_change_something_now_and_then_do_not_fight)
{
    struct fights f = {0};

    for (int i = 0; i < 10; i++)
        round_at(&f, &replicas, 1000 + (uint64_t)i * (FIGHT_CALM_MS + 100));
    EXPECT_INT(fights_held_until(&f, KEY, 1000 + 9 * (FIGHT_CALM_MS + 100) + 10), 0);
    EXPECT_INT((int)f.objects.count, 1);
    fights_clear(&f);
}

TEST(a_new_revision_starts_anew)
{
    struct fights f = {0};

    for (int i = 0; i < FIGHT_ROUNDS; i++)
        round_at(&f, &replicas, 1000);
    EXPECT(fights_held_until(&f, KEY, 1010) > 0);
    fights_forget(&f, KEY);
    EXPECT_INT(fights_held_until(&f, KEY, 1010), 0);
    EXPECT(!fights_any(&f));
    fights_clear(&f);
}

TEST(what_is_over_is_forgotten)
{
    struct fights f = {0};

    for (int i = 0; i < FIGHT_ROUNDS; i++)
        round_at(&f, &replicas, 1000);
    EXPECT(fights_message(&f, KEY, 1010 + 2 * FIGHT_CALM_MS) == NULL);
    fights_wrote(&f, "v1/ConfigMap/a/b", 1010 + 2 * FIGHT_CALM_MS);
    EXPECT_INT((int)f.objects.count, 1);
    fights_clear(&f);
}
