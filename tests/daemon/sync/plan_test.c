/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/sync/plan.h"

#include "tests/daemon/parts.h"

/*
 * A row says what an application wants, what is known of the cluster, and the plan that follows.
 * Objects are KIND/NAME, a wave behind "@". Behind ":" stand letters for what is known:
 *   s synced  d drifted  m missing  t stale  u unknown
 *   o another application was rendered later and wants it, too
 *   x nobody wants it, and it carries our tracking id   f ... another application's
 *   p Prune=false   k Delete=false   D is being deleted   g it was deleted since
 * The plan is "GROUP:WHAT KIND/NAME", WHAT being N(amespace), A(pply) or P(rune).
 */
struct row {
    const char *wanted;
    const char *known;
    bool prune, deletion, create_namespace;
    const char *plan;
};

enum { PRUNE = true, NO_PRUNE = false, DELETION = true, SYNC = false, NS = true, NO_NS = false };

static const struct row rows[] = {
    /* nothing to do */
    {"", "", PRUNE, SYNC, NO_NS, ""},
    {"ConfigMap/a", "ConfigMap/a:s", PRUNE, SYNC, NO_NS, ""},
    {"ConfigMap/a Deployment/b", "ConfigMap/a:s Deployment/b:s", PRUNE, SYNC, NO_NS, ""},
    /* what differs is applied, whatever the reason */
    {"ConfigMap/a", "", PRUNE, SYNC, NO_NS, "0:A ConfigMap/a"},
    {"ConfigMap/a", "ConfigMap/a:m", PRUNE, SYNC, NO_NS, "0:A ConfigMap/a"},
    {"ConfigMap/a", "ConfigMap/a:d", PRUNE, SYNC, NO_NS, "0:A ConfigMap/a"},
    {"ConfigMap/a", "ConfigMap/a:t", PRUNE, SYNC, NO_NS, "0:A ConfigMap/a"},
    {"ConfigMap/a", "ConfigMap/a:u", NO_PRUNE, SYNC, NO_NS, "0:A ConfigMap/a"},
    {"ConfigMap/a ConfigMap/b", "ConfigMap/a:s ConfigMap/b:d", PRUNE, SYNC, NO_NS,
     "0:A ConfigMap/b"},
    /* another application's */
    {"ConfigMap/a ConfigMap/b", "ConfigMap/a:o", PRUNE, SYNC, NO_NS, "0:A ConfigMap/b"},
    {"ConfigMap/a", "ConfigMap/a:o", PRUNE, SYNC, NO_NS, ""},
    /* kind ranks: one group for each, names side by side */
    {"Deployment/b Service/b ConfigMap/b Secret/b Namespace/b", "", PRUNE, SYNC, NO_NS,
     "0:A Namespace/b 1:A Secret/b 2:A ConfigMap/b 3:A Service/b 4:A Deployment/b"},
    {"ConfigMap/c ConfigMap/a ConfigMap/b", "", PRUNE, SYNC, NO_NS,
     "0:A ConfigMap/a 0:A ConfigMap/b 0:A ConfigMap/c"},
    {"Widget/a Deployment/a", "", PRUNE, SYNC, NO_NS, "0:A Deployment/a 1:A Widget/a"},
    /* a group that has nothing to do leaves no gap */
    {"Secret/a ConfigMap/a Deployment/a", "ConfigMap/a:s", PRUNE, SYNC, NO_NS,
     "0:A Secret/a 1:A Deployment/a"},
    /* waves come before ranks */
    {"ConfigMap/late@5 Deployment/early@-1 Secret/middle", "", PRUNE, SYNC, NO_NS,
     "0:A Deployment/early 1:A Secret/middle 2:A ConfigMap/late"},
    {"ConfigMap/a@1 ConfigMap/b@2 ConfigMap/c@1", "", PRUNE, SYNC, NO_NS,
     "0:A ConfigMap/a 0:A ConfigMap/c 1:A ConfigMap/b"},
    {"ConfigMap/a@1 Secret/b@1 Secret/a", "", PRUNE, SYNC, NO_NS,
     "0:A Secret/a 1:A Secret/b 2:A ConfigMap/a"},
    {"Namespace/n@3 ConfigMap/a", "", PRUNE, SYNC, NO_NS, "0:A ConfigMap/a 1:A Namespace/n"},
    /* the destination's namespace is first, unless the application brings it itself */
    {"ConfigMap/a", "", PRUNE, SYNC, NS, "0:N Namespace/fix 1:A ConfigMap/a"},
    {"ConfigMap/a@-10", "", PRUNE, SYNC, NS, "0:N Namespace/fix 1:A ConfigMap/a"},
    {"ConfigMap/a Namespace/fix", "", PRUNE, SYNC, NS, "0:A Namespace/fix 1:A ConfigMap/a"},
    {"ConfigMap/a Namespace/other", "", PRUNE, SYNC, NS,
     "0:N Namespace/fix 1:A Namespace/other 2:A ConfigMap/a"},
    {"ConfigMap/a", "ConfigMap/a:s", PRUNE, SYNC, NS, "0:N Namespace/fix"},
    /* prunes: after everything else, the other way round */
    {"", "ConfigMap/old:x", PRUNE, SYNC, NO_NS, "1:P ConfigMap/old"},
    {"ConfigMap/a", "ConfigMap/old:x", PRUNE, SYNC, NO_NS, "0:A ConfigMap/a 1:P ConfigMap/old"},
    {"ConfigMap/a", "ConfigMap/old:x", NO_PRUNE, SYNC, NO_NS, "0:A ConfigMap/a"},
    {"ConfigMap/a ConfigMap/b@9", "ConfigMap/old:x Secret/old:x Deployment/old:x", PRUNE, SYNC, NS,
     "0:N Namespace/fix 1:A ConfigMap/a 2:A ConfigMap/b 3:P Deployment/old 4:P ConfigMap/old "
     "5:P Secret/old"},
    {"", "ConfigMap/b:x ConfigMap/a:x Namespace/n:x Secret/s:x ConfigMap/c:x", PRUNE, SYNC, NO_NS,
     "1:P ConfigMap/c 1:P ConfigMap/b 1:P ConfigMap/a 2:P Secret/s 3:P Namespace/n"},
    {"", "ConfigMap/a:xp ConfigMap/b:x", PRUNE, SYNC, NO_NS, "1:P ConfigMap/b"},
    {"", "ConfigMap/a:xk", PRUNE, SYNC, NO_NS, "1:P ConfigMap/a"},
    {"", "ConfigMap/a:xD", PRUNE, SYNC, NO_NS, ""},
    {"", "ConfigMap/a:xg", PRUNE, SYNC, NO_NS, ""},
    {"", "ConfigMap/a:f ConfigMap/b:x", PRUNE, SYNC, NO_NS, "1:P ConfigMap/b"},
    {"", "ConfigMap/a:xo ConfigMap/b:x", PRUNE, SYNC, NO_NS, "1:P ConfigMap/b"},
    {"", "Widget/a:x ConfigMap/b:x", PRUNE, SYNC, NO_NS, "1:P ConfigMap/b"},
    /* the application goes: other objects ask to stay */
    {NULL, "ConfigMap/a:xp ConfigMap/b:xk ConfigMap/c:x Deployment/d:x", PRUNE, DELETION, NO_NS,
     "0:P Deployment/d 1:P ConfigMap/c 1:P ConfigMap/a"},
    {NULL, "ConfigMap/a:xpk ConfigMap/b:xD", PRUNE, DELETION, NO_NS, ""},
    {NULL, "", PRUNE, DELETION, NO_NS, ""},
};

/* ---- from words to objects ---- */

static void split(const char *text, const char *separator, struct strvec *words)
{
    cleanup_free char *copy = xstrdup(text ? text : "");
    char *save = NULL;

    for (char *w = strtok_r(copy, separator, &save); w; w = strtok_r(NULL, separator, &save))
        strvec_push(words, w);
}

/* "KIND/NAME[@WAVE][:LETTERS]" as an object, with the tracking id of `instance` where given. */
static json_t *object_of(const char *word, const char *instance)
{
    size_t kind_len = strcspn(word, "/");
    cleanup_free char *kind = xstrndup(word, kind_len);
    cleanup_free char *name = xstrndup(word + kind_len + 1, strcspn(word + kind_len + 1, "@:"));
    const char *wave = strchr(word, '@');
    const char *group = streq(kind, "Deployment") ? "apps"
                        : streq(kind, "Widget")   ? "example.org"
                                                  : "";
    bool cluster = streq(kind, "Namespace");
    json_t *object = parsef("{'apiVersion': '%s%sv1', 'kind': '%s', 'metadata': {'name': '%s', "
                            "'annotations': {'argocd.argoproj.io/sync-wave': '%d'}}}",
                            group, *group ? "/" : "", kind, name, wave ? atoi(wave + 1) : 0);
    json_t *metadata = json_object_get(object, "metadata");

    if (!cluster)
        json_object_set_new(metadata, "namespace", json_string("fix"));
    if (instance) {
        cleanup_free char *id = tracking_id(instance, group, kind, "fix", name);

        json_object_set_new(json_object_get(metadata, "annotations"), TRACKING_ANNOTATION,
                            json_string(id));
    }
    return object;
}

static struct desired_set *set_of(const char *instance, const struct strvec *words)
{
    json_t *objects = json_array();

    for (size_t i = 0; i < words->len; i++)
        json_array_append_new(objects, object_of(words->items[i], NULL));
    return parts_desired(instance, objects);
}

/* ---- a cluster that is told what it is like ---- */

struct fixture {
    struct parts_judge judge;
    struct observer *observer;
    struct app *app;
    struct app *other;
};

static void on_changed(void *arg, struct app *app)
{
    (void)arg;
    (void)app;
}

static void on_recovered(void *arg)
{
    (void)arg;
}

static void replace_desired(struct fixture *f, struct app *app, struct desired_set *set)
{
    struct desired_set *former = app->desired;

    app->desired = set;
    observer_want(f->observer, app, former);
    desired_set_free(former);
}

static const char *letters(const char *word)
{
    const char *colon = strchr(word, ':');

    return colon ? colon + 1 : "";
}

/* The server's answer for this object. */
static void feed(struct fixture *f, const char *word, unsigned number)
{
    const char *flags = letters(word);
    const char *instance = strchr(flags, 'f') ? "other" : "web";
    cleanup_json json_t *live = object_of(word, instance);
    json_t *metadata = json_object_get(live, "metadata");
    json_t *annotations = json_object_get(metadata, "annotations");
    cleanup_free char *key = object_key_of(live);

    json_object_set_new(metadata, "uid", parsef("'uid-%u'", number));
    json_object_set_new(metadata, "resourceVersion", parsef("'%u'", number));
    json_object_set_new(annotations, "argocd.argoproj.io/sync-options",
                        parsef("'%s,%s'", strchr(flags, 'p') ? "Prune=false" : "",
                               strchr(flags, 'k') ? "Delete=false" : ""));
    if (strchr(flags, 'D'))
        json_object_set_new(metadata, "deletionTimestamp", json_string("2026-11-23T01:20:25Z"));
    observer_feed(f->observer, live);
    EXPECT(observer_find(f->observer, key)->uid[0]);
    if (strchr(flags, 'g'))
        observer_feed_gone(f->observer, key);
}

static void set_verdict_of(struct fixture *f, const char *word)
{
    static const struct {
        char letter;
        enum verdict verdict;
    } verdicts[] = {{'s', VERDICT_SYNCED},
                    {'d', VERDICT_DRIFTED},
                    {'m', VERDICT_MISSING},
                    {'t', VERDICT_STALE},
                    {'u', VERDICT_UNKNOWN}};
    cleanup_json json_t *object = object_of(word, NULL);
    cleanup_free char *key = object_key_of(object);

    for (size_t i = 0; i < ARRAY_LEN(verdicts); i++)
        if (strchr(letters(word), verdicts[i].letter))
            observer_find(f->observer, key)->verdict = verdicts[i].verdict;
}

static void setup(struct fixture *f, const struct row *row)
{
    struct kube_discovery *d = parts_discovery_with("'patch', 'delete'"); /* nothing is watched */
    cleanup_strvec struct strvec wanted = {0};
    cleanup_strvec struct strvec known = {0};
    cleanup_strvec struct strvec first = {0};
    cleanup_strvec struct strvec shared = {0};

    f->observer = observer_new(NULL, parts_judge_start(&f->judge), on_changed, on_recovered, f);
    f->app = parts_app("web");
    f->other = parts_app("other");
    observer_set_discovery(f->observer, d);
    kube_discovery_unref(d);
    observer_add_app(f->observer, f->app);
    observer_add_app(f->observer, f->other);
    split(row->wanted, " ", &wanted);
    split(row->known, " ", &known);

    /* At first the application wants all of it; then it drops what is superfluous. */
    for (size_t i = 0; i < wanted.len; i++)
        strvec_push(&first, wanted.items[i]);
    for (size_t i = 0; i < known.len; i++) {
        if (strpbrk(letters(known.items[i]), "xf"))
            strvec_push(&first, known.items[i]);
        if (strchr(letters(known.items[i]), 'o'))
            strvec_push(&shared, known.items[i]);
    }
    replace_desired(f, f->app, set_of("web", &first));
    for (size_t i = 0; i < known.len; i++)
        if (strpbrk(letters(known.items[i]), "xfsdto"))
            feed(f, known.items[i], (unsigned)i + 1);
    replace_desired(f, f->app, set_of("web", &wanted));
    replace_desired(f, f->other, set_of("other", &shared));
    for (size_t i = 0; i < known.len; i++)
        set_verdict_of(f, known.items[i]);
    if (!row->wanted) { /* an application that goes has been rendered by nobody */
        desired_set_free(f->app->desired);
        f->app->desired = NULL;
    }
}

static void teardown(struct fixture *f)
{
    observer_free(f->observer);
    parts_judge_stop(&f->judge);
    app_free(f->app);
    app_free(f->other);
}

static void print_plan(const struct plan *plan, struct buf *out)
{
    for (size_t i = 0; i < plan->len; i++)
        buf_printf(out, "%s%u:%c %s/%s", i ? " " : "", plan->tasks[i].step,
                   "NAHP"[plan->tasks[i].what], plan -> tasks[i].kind, plan->tasks[i].name);
}

TEST(plans)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct plan_options options = {.prune = rows[i].prune,
                                       .deletion = rows[i].deletion,
                                       .sync_options =
                                           rows[i].create_namespace ? SYNC_CREATE_NAMESPACE : 0};
        cleanup_buf struct buf text = BUF_UNLIMITED;
        struct fixture f;
        struct plan plan;

        setup(&f, &rows[i]);
        plan_build(&plan, f.app, f.observer, &options);
        print_plan(&plan, &text);
        if (!streq(text.data, rows[i].plan))
            fail_msg("row %zu, \"%s\" and \"%s\": \"%s\" is not \"%s\"", i,
                     rows[i].wanted ? rows[i].wanted : "(deleted)", rows[i].known, text.data,
                     rows[i].plan);
        plan_clear(&plan);
        EXPECT_INT(plan.len, 0);
        teardown(&f);
    }
}

TEST(tasks_say_all_that_a_request_needs)
{
    static const struct row row = {
        "Deployment/web", "ConfigMap/old:x Namespace/gone:x", PRUNE, SYNC, NS, ""};
    struct plan_options options = {.prune = true, .sync_options = SYNC_CREATE_NAMESPACE};
    struct fixture f;
    struct plan plan;

    setup(&f, &row);
    plan_build(&plan, f.app, f.observer, &options);
    EXPECT_INT(plan.len, 4);

    EXPECT_INT(plan.tasks[0].what, TASK_NAMESPACE);
    EXPECT_STR(plan.tasks[0].key, "/Namespace//fix");
    EXPECT_STR(plan.tasks[0].version, "v1");
    EXPECT_NULL(plan.tasks[0].desired);

    EXPECT_INT(plan.tasks[1].what, TASK_APPLY);
    EXPECT_STR(plan.tasks[1].key, "apps/Deployment/fix/web");
    EXPECT_STR(plan.tasks[1].api_group, "apps");
    EXPECT_STR(plan.tasks[1].version, "v1");
    EXPECT_STR(plan.tasks[1].namespace, "fix");
    EXPECT(plan.tasks[1].desired == &f.app->desired->items[0]);

    EXPECT_INT(plan.tasks[2].what, TASK_PRUNE);
    EXPECT_STR(plan.tasks[2].key, "/ConfigMap/fix/old");
    EXPECT_STR(plan.tasks[2].api_group, "");
    EXPECT_STR(plan.tasks[2].namespace, "fix");
    EXPECT_STR(plan.tasks[2].name, "old");
    EXPECT_STR(plan.tasks[2].uid, "uid-1");
    EXPECT_NULL(plan.tasks[2].desired);

    EXPECT_STR(plan.tasks[3].key, "/Namespace//gone");
    EXPECT_STR(plan.tasks[3].namespace, "");
    EXPECT_STR(plan.tasks[3].uid, "uid-2");
    plan_clear(&plan);
    teardown(&f);
}

TEST(extra_objects_are_counted_also_those_that_stay)
{
    static const struct {
        const char *known;
        size_t count;
    } counts[] = {
        {"", 0},
        {"ConfigMap/a:s", 0},
        {"ConfigMap/b:x", 1},
        {"ConfigMap/b:xp ConfigMap/c:xk ConfigMap/d:xD", 3},
        {"ConfigMap/b:f", 0},
        {"ConfigMap/b:xg", 0},
        {"ConfigMap/b:xo", 0},
    };

    for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
        struct row row = {.wanted = "ConfigMap/a", .known = counts[i].known};
        struct fixture f;

        setup(&f, &row);
        if (plan_count_extra(f.app, false) != counts[i].count)
            fail_msg("%s: %zu", counts[i].known, plan_count_extra(f.app, false));
        teardown(&f);
    }
}
