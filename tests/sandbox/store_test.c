/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/store.h"

#include "tests/test.h"

#include "lib/doc/yaml.h"

static size_t changes;

static void on_change(void *arg, const struct change *change)
{
    (void)arg;
    (void)change;
    changes++;
}

static json_t *object(const char *ns, const char *name, int value)
{
    return json_pack("{s:{s:s, s:s, s:s}, s:i}", "metadata", "namespace", ns, "name", name, "uid",
                     name, "value", value);
}

struct fixture {
    struct store *store;
    struct collection *maps;
};

static struct fixture start(void)
{
    struct fixture f = {.store = store_new(on_change, NULL)};

    changes = 0;
    f.maps = store_collection(f.store, "", "configmaps");
    return f;
}

static size_t count(const struct fixture *f, const char *ns, uint64_t version)
{
    cleanup_ptrvec struct ptrvec found = {0};

    store_list(f->store, f->maps, ns, version, &found);
    return found.len;
}

TEST(versions_rise_with_every_change)
{
    struct fixture f = start();
    uint64_t before = store_version(f.store);

    store_write(f.store, f.maps, object("a", "x", 1));
    store_write(f.store, f.maps, object("a", "x", 2));
    store_remove(f.store, f.maps, "a", "x", NULL);
    EXPECT_INT(store_version(f.store), before + 3);
    EXPECT_INT(changes, 3);
    EXPECT_NULL(store_find(f.maps, "a", "x"));
    store_free(f.store);
}

TEST(objects_are_listed_by_key_and_namespace)
{
    struct fixture f = start();
    struct ptrvec found = {0};

    store_write(f.store, f.maps, object("b", "x", 1));
    store_write(f.store, f.maps, object("a", "y", 1));
    store_write(f.store, f.maps, object("a", "x", 1));
    store_write(f.store, f.maps, object("ab", "z", 1));
    store_list(f.store, f.maps, NULL, 0, &found);
    EXPECT_INT(found.len, 4);
    EXPECT_STR(object_meta(found.items[0], "name"), "x");
    EXPECT_STR(object_meta(found.items[1], "name"), "y");
    EXPECT_STR(object_meta(found.items[2], "namespace"), "ab");
    EXPECT_INT(count(&f, "a", 0), 2);
    EXPECT(store_find_uid(f.store, "z") != NULL);
    EXPECT_NULL(store_find_uid(f.store, "none"));
    ptrvec_clear(&found);
    store_free(f.store);
}

TEST(a_list_shows_the_state_of_its_version)
{
    struct fixture f = start();
    struct ptrvec found = {0};
    uint64_t then;

    store_write(f.store, f.maps, object("a", "x", 1));
    store_write(f.store, f.maps, object("a", "y", 1));
    then = store_version(f.store);
    store_write(f.store, f.maps, object("a", "x", 2));
    store_remove(f.store, f.maps, "a", "y", NULL);
    store_write(f.store, f.maps, object("a", "z", 1));
    store_list(f.store, f.maps, "a", then, &found);
    EXPECT_INT(found.len, 2);
    EXPECT_INT(json_integer_value(json_object_get(found.items[0], "value")), 1);
    EXPECT_STR(object_meta(found.items[1], "name"), "y");
    EXPECT_INT(count(&f, "a", 0), 2);
    ptrvec_clear(&found);
    store_free(f.store);
}

TEST(changes_are_found_behind_a_version_until_they_are_forgotten)
{
    struct fixture f = start();
    uint64_t first = store_version(f.store);
    const struct change *c;

    store_write(f.store, f.maps, object("a", "x", 1));
    store_write(f.store, f.maps, object("a", "x", 2));
    store_remove(f.store, f.maps, "a", "x", NULL);
    c = store_change_after(f.store, first);
    EXPECT_INT(c->type, CHANGE_ADDED);
    EXPECT_NULL(c->before);
    c = store_change_after(f.store, c->version);
    EXPECT_INT(c->type, CHANGE_MODIFIED);
    EXPECT_INT(json_integer_value(json_object_get(c->before, "value")), 1);
    c = store_change_after(f.store, c->version);
    EXPECT_INT(c->type, CHANGE_DELETED);
    EXPECT_NULL(store_change_after(f.store, c->version));
    store_compact(f.store);
    EXPECT_INT(store_oldest(f.store), store_version(f.store));
    EXPECT_NULL(store_change_after(f.store, first));
    store_free(f.store);
}

TEST(the_history_has_an_end)
{
    struct fixture f = start();
    uint64_t first = store_version(f.store);

    for (int i = 0; i < STORE_HISTORY + 5; i++)
        store_write(f.store, f.maps, object("a", "x", i));
    EXPECT_INT(store_oldest(f.store), first + 5);
    EXPECT_INT(store_change_after(f.store, store_oldest(f.store))->version, first + 6);
    store_free(f.store);
}
