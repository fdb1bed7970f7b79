/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/relations.h"

#include "lib/doc/yaml.h"
#include "tests/test.h"

struct world {
    struct store *store;
    struct relations *relations;
    unsigned found;
};

static void on_change(void *arg, const struct change *change)
{
    relations_note(((struct world *)arg)->relations, change);
}

static void begin(struct world *w)
{
    *w = (struct world){.relations = relations_new()};
    w->store = store_new(on_change, w);
}

static void end(struct world *w)
{
    relations_free(w->relations);
    store_free(w->store);
}

static const json_t *put(struct world *w, const char *group, const char *plural, const char *text)
{
    cleanup_error struct error *err = NULL;
    cleanup_json json_t *all = NULL;

    if (yaml_parse("object", text, strlen(text), YAML_KUBECTL, &all, &err) < 0)
        fail_msg("%s", error_message(err));
    return store_write(w->store, store_collection(w->store, group, plural),
                       json_incref(json_array_get(all, 0)));
}

static size_t size_of(const struct map *set)
{
    return set ? set->count : 0;
}

static size_t pods(const struct world *w, const char *ns, const char *labels)
{
    cleanup_json json_t *wanted = json_loads(labels, 0, NULL);

    return size_of(relations_pods(w->relations, ns, wanted));
}

static void count(void *arg, const json_t *object)
{
    (void)object;
    ((struct world *)arg)->found++;
}

static unsigned selecting(struct world *w, const char *group, const char *plural, const json_t *pod)
{
    w->found = 0;
    relations_selecting(w->relations, group, plural, pod, count, w);
    return w->found;
}

#define POD(name, more) "metadata: {namespace: a, name: " name ", uid: " name more "}"

TEST(pods_are_found_by_their_rarest_label)
{
    struct world w;

    begin(&w);
    put(&w, "", "pods", POD("one", ", labels: {app: web, tier: front}"));
    put(&w, "", "pods", POD("two", ", labels: {app: web}"));
    EXPECT_INT(pods(&w, "a", "{}"), 2);
    EXPECT_INT(pods(&w, "a", "{\"app\": \"web\"}"), 2);
    EXPECT_INT(pods(&w, "a", "{\"app\": \"web\", \"tier\": \"front\"}"), 1);
    EXPECT_INT(pods(&w, "a", "{\"app\": \"web\", \"tier\": \"back\"}"), 0);
    EXPECT_INT(pods(&w, "b", "{}"), 0);
    put(&w, "", "pods", POD("one", ", labels: {app: web, tier: back}"));
    EXPECT_INT(pods(&w, "a", "{\"tier\": \"front\"}"), 0);
    EXPECT_INT(pods(&w, "a", "{\"tier\": \"back\"}"), 1);
    store_remove(w.store, store_collection(w.store, "", "pods"), "a", "one", NULL);
    EXPECT_INT(pods(&w, "a", "{\"tier\": \"back\"}"), 0);
    EXPECT_INT(pods(&w, "a", "{}"), 1);
    end(&w);
}

TEST(what_may_select_a_pod_is_found_by_its_labels)
{
    struct world w;
    const json_t *pod;

    begin(&w);
    pod = put(&w, "", "pods", POD("one", ", labels: {app: web}"));
    EXPECT_INT(selecting(&w, "", "services", pod), 0);
    put(&w, "", "services", POD("web", "") "\nspec: {selector: {app: web, tier: front}}");
    put(&w, "", "services", POD("db", "") "\nspec: {selector: {app: db}}");
    EXPECT_INT(selecting(&w, "", "services", pod), 1);
    put(&w, "", "services", POD("db", "") "\nspec: {selector: {app: web}}");
    EXPECT_INT(selecting(&w, "", "services", pod), 2);
    EXPECT_INT(selecting(&w, "policy", "poddisruptionbudgets", pod), 0);
    put(&w, "policy", "poddisruptionbudgets", POD("all", "") "\nspec: {selector: {}}");
    put(&w, "policy", "poddisruptionbudgets",
        POD("web", "") "\nspec: {selector: {matchLabels: {app: web}}}");
    put(&w, "policy", "poddisruptionbudgets",
        POD("db", "") "\nspec: {selector: {matchLabels: {app: db}}}");
    EXPECT_INT(selecting(&w, "policy", "poddisruptionbudgets", pod), 2);
    end(&w);
}

TEST(an_owner_controls_what_says_so)
{
    struct world w;
    const json_t *owner;

    begin(&w);
    owner = put(&w, "apps", "replicasets", POD("set", ""));
    EXPECT_INT(size_of(relations_controlled(w.relations, "", "pods", owner)), 0);
    put(&w, "", "pods", POD("one", ", ownerReferences: [{uid: set, controller: true}]"));
    put(&w, "", "pods", POD("two", ", ownerReferences: [{uid: set}]"));
    EXPECT_INT(size_of(relations_controlled(w.relations, "", "pods", owner)), 1);
    EXPECT_INT(size_of(relations_controlled(w.relations, "apps", "replicasets", owner)), 0);
    put(&w, "", "pods", POD("one", ""));
    EXPECT_INT(size_of(relations_controlled(w.relations, "", "pods", owner)), 0);
    end(&w);
}
