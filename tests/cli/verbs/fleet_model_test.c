/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/fleet_model.h"
#include "lib/doc/yaml.h"

#include "tests/test.h"

static void add(struct fleet_cluster *c, const char *name, const char *revision, const char *image,
                const char *sync)
{
    cleanup_json json_t *app = json_pack(
        "{s:{s:s, s:s}, s:{s:{s:s, s:s}, s:{s:s}, s:{s:[s]}, s:[{s:s}]}}", "metadata", "namespace",
        "argocd", "name", name, "status", "sync", "status", sync, "revision", revision, "health",
        "status", "Healthy", "summary", "images", image, "history", "revision", "old");

    fleet_add_app(c, app);
}

TEST(the_same_everywhere_differs_nowhere)
{
    cleanup_fleet struct fleet f = {0};

    add(fleet_add_cluster(&f, "a"), "shop", "r1", "registry:5000/web:1.0", "Synced");
    add(fleet_add_cluster(&f, "b"), "shop", "r1", "registry:5000/web:1.0", "Synced");
    add(fleet_add_cluster(&f, "c"), "other", "r2", "registry:5000/web:2.0", "Synced");
    fleet_compare(&f);
    EXPECT_INT(f.differences.len, 0);
    EXPECT_INT(fleet_behind(&f), 0);
    EXPECT_INT(fleet_unreachable(&f), 0);
}

TEST(what_differs_is_told_with_who_has_it)
{
    cleanup_fleet struct fleet f = {0};
    struct fleet_cluster *b;
    const struct fleet_difference *d;

    add(fleet_add_cluster(&f, "a"), "shop", "r2", "registry:5000/web:1.1", "Synced");
    b = fleet_add_cluster(&f, "b");
    add(b, "shop", "r2", "registry:5000/web:1.0", "OutOfSync");
    add(b, "alone", "r2", "registry:5000/web:1.0", "Synced");
    add(fleet_add_cluster(&f, "c"), "shop", "old", "registry:5000/web:1.0", "Synced");
    fleet_compare(&f);
    EXPECT_INT(fleet_behind(&f), 1);
    EXPECT_INT(f.differences.len, 2);
    d = f.differences.items[0];
    EXPECT_STR(d->key, "argocd/shop");
    EXPECT_STR(d->what, "applied");
    EXPECT_INT(d->values.len, 2);
    EXPECT_STR(d->values.items[0], "r2");
    EXPECT_STR(d->clusters.items[0], "a");
    EXPECT_STR(d->values.items[1], "old");
    EXPECT_STR(d->clusters.items[1], "b, c");
    d = f.differences.items[1];
    EXPECT_STR(d->what, "registry:5000/web");
    EXPECT_STR(d->values.items[0], "1.1");
    EXPECT_STR(d->values.items[1], "1.0");
    EXPECT_STR(d->clusters.items[1], "b, c");
    /* By name within a cluster. */
    EXPECT_STR(((const struct fleet_app *)b->apps.items[0])->key, "argocd/alone");
    EXPECT(!((const struct fleet_app *)b->apps.items[0])->images_differ);
    EXPECT(((const struct fleet_app *)b->apps.items[1])->images_differ);
    EXPECT(((const struct fleet_app *)b->apps.items[1])->revision_differs);
    EXPECT(((const struct fleet_app *)b->apps.items[1])->is_behind);
}

TEST(an_image_may_be_absent_elsewhere)
{
    cleanup_fleet struct fleet f = {0};
    const struct fleet_difference *d;

    add(fleet_add_cluster(&f, "a"), "shop", "r", "web", "Synced");
    add(fleet_add_cluster(&f, "b"), "shop", "r", "worker@sha256:00", "Synced");
    fleet_compare(&f);
    EXPECT_INT(f.differences.len, 2);
    d = f.differences.items[0];
    EXPECT_STR(d->what, "web");
    EXPECT_STR(d->values.items[0], "latest");
    EXPECT_STR(d->values.items[1], "");
    d = f.differences.items[1];
    EXPECT_STR(d->what, "worker");
    EXPECT_STR(d->values.items[1], "sha256:00");
}

TEST(as_a_document)
{
    cleanup_fleet struct fleet f = {0};
    struct fleet_cluster *b;
    cleanup_json json_t *document = NULL;
    const json_t *clusters;

    add(fleet_add_cluster(&f, "a"), "shop", "r2", "web:1.1", "Synced");
    b = fleet_add_cluster(&f, "b");
    b->server = xstrdup("https://b");
    error_set(&b->error, ERROR_TIMEOUT, "no answer within 5 s");
    fleet_compare(&f);
    EXPECT_INT(fleet_unreachable(&f), 1);
    document = fleet_document(&f);
    clusters = json_object_get(document, "clusters");
    EXPECT_STR(json_string_value(json_object_get(json_array_get(clusters, 1), "unreachable")),
               "no answer within 5 s");
    EXPECT_STR(json_string_value(json_object_get(json_array_get(clusters, 1), "server")),
               "https://b");
    EXPECT_STR(json_string_value(json_object_get(
                   json_array_get(json_object_get(json_array_get(clusters, 0), "applications"), 0),
                   "applied")),
               "r2");
}
