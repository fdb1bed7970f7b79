/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/lease_record.h"

#include "tests/test.h"

#include <jansson.h>

#define WALL_MS INT64_C(1700000000123)

static const char *text_at(const json_t *lease, const char *field)
{
    return json_string_value(json_object_get(json_object_get(lease, "spec"), field));
}

static json_int_t number_at(const json_t *lease, const char *field)
{
    return json_integer_value(json_object_get(json_object_get(lease, "spec"), field));
}

static const char *renewed_at(const json_t *lease)
{
    return text_at(lease, "renewTime");
}

static json_t *claim(const json_t *live, const char *identity, uint64_t duration_ms,
                     int64_t wall_ms)
{
    struct lease_claim claim = {.namespace = "argocd",
                                .name = "gitopsd",
                                .identity = identity,
                                .process = "7f",
                                .duration_ms = duration_ms};

    return lease_record_claim(live, &claim, wall_ms);
}

TEST(a_new_lease_has_all_that_others_read)
{
    json_t *lease = claim(NULL, "me", 1500, WALL_MS);

    EXPECT_STR(json_string_value(json_object_get(lease, "kind")), "Lease");
    EXPECT_STR(lease_record_holder(lease), "me");
    EXPECT_STR(lease_record_process(lease), "7f");
    EXPECT_STR(renewed_at(lease), "2023-11-14T22:13:20.123000Z");
    EXPECT_STR(text_at(lease, "acquireTime"), "2023-11-14T22:13:20.123000Z");
    EXPECT_INT(lease_record_duration_ms(lease), 2000); /* whole seconds, upwards */
    EXPECT_INT(number_at(lease, "leaseTransitions"), 0);
    json_decref(lease);
}

TEST(a_renewal_keeps_when_it_was_acquired_and_a_change_of_hands_counts)
{
    json_t *first = claim(NULL, "me", 15000, WALL_MS);
    json_t *renewed, *taken;

    json_object_set_new(json_object_get(first, "metadata"), "resourceVersion", json_string("7"));
    renewed = claim(first, "me", 15000, WALL_MS + 2000);
    EXPECT_STR(text_at(renewed, "acquireTime"), text_at(first, "acquireTime"));
    EXPECT_STR(renewed_at(renewed), "2023-11-14T22:13:22.123000Z");
    EXPECT_INT(number_at(renewed, "leaseTransitions"), 0);
    taken = claim(renewed, "you", 15000, WALL_MS + 9000);
    EXPECT_STR(text_at(taken, "acquireTime"), renewed_at(taken));
    EXPECT_INT(number_at(taken, "leaseTransitions"), 1);
    EXPECT_STR(
        json_string_value(json_object_get(json_object_get(taken, "metadata"), "resourceVersion")),
        "7");
    json_decref(first);
    json_decref(renewed);
    json_decref(taken);
}

TEST(a_released_lease_has_no_holder_and_ends_soon)
{
    json_t *held = claim(NULL, "me", 15000, WALL_MS);
    json_t *free = lease_record_release(held, WALL_MS + 1);

    EXPECT_STR(lease_record_holder(free), "");
    EXPECT_INT(lease_record_duration_ms(free), 1000);
    json_decref(held);
    json_decref(free);
}

TEST(what_is_no_lease_has_no_holder)
{
    json_t *odd = json_pack("{s:{s:i, s:s, s:n}}", "spec", "holderIdentity", 3,
                            "leaseDurationSeconds", "15", "renewTime");

    EXPECT_STR(lease_record_holder(NULL), "");
    EXPECT_STR(lease_record_holder(odd), "");
    EXPECT_STR(lease_record_process(odd), "");
    EXPECT_INT(lease_record_duration_ms(odd), 0);
    json_decref(odd);
}
