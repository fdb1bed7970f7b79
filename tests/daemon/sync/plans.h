/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plans: tables of plans. A row says what an application wants, what is known of the cluster, what
 * is asked for, and the plan that follows.
 *
 * Objects are words: KIND/NAME, of the namespace "fix", and then in any order
 *   @WAVE   !HOOK,TYPES   +SYNC,OPTIONS   ~NAMESPACE   :LETTERS
 * A name that ends in "-" is a generateName. CRD/KIND defines example.org/KIND.
 * Letters of what is known of an object that is wanted (without: nothing is known):
 *   s synced  d drifted  m missing  t stale  u unknown   o another application wants it, too
 * and of what nobody wants:
 *   x with our tracking id   f with that of another application   D is being deleted
 *   g was deleted since   K kept by Helm's policy   i IgnoreExtraneous
 *
 * Asked for, in words: prune, repair, deletion, apply (the strategy), exists (the destination's
 * namespace does), limit=COUNT/PERCENT, select=GROUP/KIND/NAMESPACE/NAME, managed (namespace
 * metadata), force, and options of the application such as PruneLast=true.
 *
 * A plan: groups stand between " | ", steps between " > ", tasks of one step between blanks.
 * A group of another phase than Sync says so first, "PreSync: ". A task is KIND/NAME, behind
 *   +  the namespace is created   *  a hook   -  a prune
 * and before
 *   =  it is unchanged            !  it stays: no prune      !!  it stays: prunes are not asked for
 *   ?  a person has to approve    .  it is going already     #   it is named by its content
 */
#ifndef GITOPSD_TESTS_DAEMON_SYNC_PLANS_H
#define GITOPSD_TESTS_DAEMON_SYNC_PLANS_H

#include "daemon/app_object.h"
#include "daemon/sync/plan.h"
#include "daemon/sync/prune.h"
#include "lib/base/buf.h"
#include "tests/daemon/parts.h"

struct row {
    const char *wanted; /* NULL: it has not been rendered */
    const char *known;
    const char *asked;
    const char *plan;
};

/* ---- from words to objects ---- */

PART void split(const char *text, const char *separator, struct strvec *words)
{
    cleanup_free char *copy = xstrdup(text ? text : "");
    char *save = NULL;

    for (char *w = strtok_r(copy, separator, &save); w; w = strtok_r(NULL, separator, &save))
        strvec_push(words, w);
}

/* What stands behind this mark in a word. Heap string, "" without. */
PART char *word_part(const char *word, char mark)
{
    const char *at = strchr(word, mark);

    return at ? xstrndup(at + 1, strcspn(at + 1, "@!+~:")) : xstrdup("");
}

PART const char *group_of(const char *kind)
{
    static const char *const groups[][2] = {
        {"Deployment", "apps"},
        {"ReplicaSet", "apps"},
        {"Job", "batch"},
        {"CustomResourceDefinition", "apiextensions.k8s.io"},
        {"Widget", "example.org"},
        {"Gadget", "example.org"},
        {"Application", "argoproj.io"},
        {"AppProject", "argoproj.io"},
    };

    for (size_t i = 0; i < ARRAY_LEN(groups); i++)
        if (streq(kind, groups[i][0]))
            return groups[i][1];
    return "";
}

PART void annotate(json_t *object, const char *name, const char *value)
{
    if (*value)
        json_object_set_new(json_object_get(json_object_get(object, "metadata"), "annotations"),
                            name, json_string(value));
}

PART json_t *crd_of(const char *kind)
{
    return parsef("{'apiVersion': 'apiextensions.k8s.io/v1', 'kind': 'CustomResourceDefinition', "
                  "'metadata': {'name': '%s', 'annotations': {}}, 'spec': {'group': 'example.org', "
                  "'scope': 'Namespaced', 'names': {'kind': '%s'}}}",
                  kind, kind);
}

/* With the tracking id of `instance` where given. */
PART json_t *object_of(const char *word, const char *instance)
{
    size_t kind_len = strcspn(word, "/");
    cleanup_free char *kind = xstrndup(word, kind_len);
    cleanup_free char *name = xstrndup(word + kind_len + 1, strcspn(word + kind_len + 1, "@!+~:"));
    cleanup_free char *wave = word_part(word, '@');
    cleanup_free char *hook = word_part(word, '!');
    cleanup_free char *options = word_part(word, '+');
    cleanup_free char *ns = word_part(word, '~');
    const char *group = group_of(kind);
    json_t *object = streq(kind, "CRD")
                         ? crd_of(name)
                         : parsef("{'apiVersion': '%s%sv1', 'kind': '%s', 'metadata': {'%s': '%s', "
                                  "'annotations': {}}}",
                                  group, *group ? "/" : "", kind,
                                  str_has_suffix(name, "-") ? "generateName" : "name", name);
    json_t *metadata = json_object_get(object, "metadata");

    if (!streq(kind, "Namespace") && !streq(kind, "CRD"))
        json_object_set_new(metadata, "namespace", json_string(*ns ? ns : "fix"));
    annotate(object, "argocd.argoproj.io/sync-wave", wave);
    annotate(object, "argocd.argoproj.io/hook", hook);
    annotate(object, "argocd.argoproj.io/sync-options", options);
    if (instance) {
        cleanup_free char *id = tracking_id(instance, group, kind, *ns ? ns : "fix",
                                            object_meta_string(object, "name"));

        annotate(object, TRACKING_ANNOTATION, id);
    }
    return object;
}

PART struct desired_set *set_of(const char *instance, const struct strvec *words)
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

PART void replace_desired(struct fixture *f, struct app *app, struct desired_set *set)
{
    struct desired_set *former = app->desired;

    app->desired = set;
    observer_want(f->observer, app, former);
    desired_set_unref(former);
}

PART const char *letters(const char *word)
{
    const char *colon = strchr(word, ':');

    return colon ? colon + 1 : "";
}

/* The server's answer for this object. */
PART void feed(struct fixture *f, const char *word, unsigned number)
{
    const char *flags = letters(word);
    cleanup_json json_t *live = object_of(word, strchr(flags, 'f') ? "other" : "web");
    json_t *metadata = json_object_get(live, "metadata");
    cleanup_free char *key = object_key_of(live);

    json_object_set_new(metadata, "uid", parsef("'uid-%u'", number));
    json_object_set_new(metadata, "resourceVersion", parsef("'%u'", number));
    if (strchr(flags, 'K'))
        annotate(live, "helm.sh/resource-policy", "keep");
    if (strchr(flags, 'i'))
        annotate(live, "argocd.argoproj.io/compare-options", "IgnoreExtraneous");
    if (strchr(flags, 'D'))
        json_object_set_new(metadata, "deletionTimestamp", json_string("2026-11-23T01:20:25Z"));
    observer_feed(f->observer, live);
    EXPECT(observer_find(f->observer, key)->uid[0]);
    if (strchr(flags, 'g'))
        observer_feed_gone(f->observer, key);
}

PART void set_verdict_of(struct fixture *f, const char *word)
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

/* The word without its hook types. Heap string. */
static char *plain(const char *word)
{
    const char *mark = strchr(word, '!');

    return mark
               ? xasprintf("%.*s%s", (int)(mark - word), word, mark + 1 + strcspn(mark + 1, "@+~:"))
               : xstrdup(word);
}

/* At first the application wants all that is superfluous later; then it drops it. */
PART void setup(struct fixture *f, const struct row *row)
{
    struct kube_discovery *d = parts_discovery_with("'patch', 'delete'"); /* nothing is watched */
    cleanup_strvec struct strvec wanted = {0};
    cleanup_strvec struct strvec known = {0};
    cleanup_strvec struct strvec first = {0};
    cleanup_strvec struct strvec shared = {0};

    f->observer =
        observer_new(NULL, parts_judge_start(&f->judge), parts_on_changed, parts_on_recovered, f);
    f->app = parts_app("web");
    f->other = parts_app("other");
    observer_set_discovery(f->observer, d);
    kube_discovery_unref(d);
    observer_add_app(f->observer, f->app);
    observer_add_app(f->observer, f->other);
    split(row->wanted, " ", &wanted);
    split(row->known, " ", &known);
    for (size_t i = 0; i < wanted.len; i++)
        strvec_push(&first, wanted.items[i]);
    for (size_t i = 0; i < known.len; i++) {
        if (strpbrk(letters(known.items[i]), "xf"))
            strvec_take(&first, plain(known.items[i]));
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
    if (!row->wanted) {
        desired_set_unref(f->app->desired);
        f->app->desired = NULL;
    }
}

PART void teardown(struct fixture *f)
{
    observer_free(f->observer);
    parts_judge_stop(&f->judge);
    app_free(f->app);
    app_free(f->other);
}

/* ---- what is asked for ---- */

#define REVISION "0123456789abcdef0123456789abcdef01234567"
#define STARTED_MS INT64_C(1700000000000)

PART json_t *selection_of(const char *word)
{
    const char *parts[4];
    cleanup_free char *copy = xstrdup(word);
    char *at = copy;

    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        parts[i] = at ? strsep(&at, "/") : "";
    return json_pack("{s:s, s:s, s:s, s:s}", "group", parts[0], "kind", parts[1], "namespace",
                     parts[2], "name", parts[3]);
}

/* `resources` is what options->resources borrows. */
PART void read_asked(const char *asked, struct app *app, struct plan_options *o, json_t *resources)
{
    cleanup_strvec struct strvec words = {0};
    cleanup_json json_t *list = json_array();

    *o = (struct plan_options){.revision = REVISION, .started_ms = STARTED_MS};
    split(asked, " ", &words);
    for (size_t i = 0; i < words.len; i++) {
        const char *w = words.items[i];

        o->prune |= streq(w, "prune") || streq(w, "deletion");
        o->repair |= streq(w, "repair");
        o->deletion |= streq(w, "deletion");
        o->without_hooks |= streq(w, "apply");
        o->namespace_exists |= streq(w, "exists");
        o->sync_options |= streq(w, "force") ? SYNC_FORCE : 0;
        if (streq(w, "managed"))
            app->spec->namespace_metadata = parse("{'labels': {'team': 'x'}}");
        if (str_has_prefix(w, "limit="))
            sscanf(w, "limit=%zu/%u", &o->prune_limit, &o->prune_limit_percent);
        if (str_has_prefix(w, "select="))
            json_array_append_new(resources, selection_of(w + strlen("select=")));
        json_array_append_new(list, json_string(w));
    }
    o->sync_options |= sync_options_of_app(list);
    app->spec->sync_options = sync_options_of_app(list);
    o->resources = resources;
}

/* ---- printing ---- */

PART void print_task(const struct task *t, struct buf *out)
{
    static const char before[] = {
        [TASK_NAMESPACE] = '+', [TASK_APPLY] = ' ', [TASK_HOOK] = '*', [TASK_PRUNE] = '-'};

    if (t->what != TASK_APPLY)
        buf_putc(out, before[t->what]);
    buf_printf(out, "%s/%s%s%s%s%s%s", streq(t->kind, "CustomResourceDefinition") ? "CRD" : t->kind,
               t->name, t->unchanged ? "=" : "", t->confirm ? "?" : "", t->terminating ? "." : "",
               t->named_by_hash ? "#" : "",
               !t->ignored                                       ? ""
               : streq(t->ignored, "ignored (requires pruning)") ? "!!"
                                                                 : "!");
}

PART void print_plan(const struct plan *plan, struct buf *out)
{
    for (size_t i = 0; i < plan->len; i++) {
        const struct task *t = &plan->tasks[i];
        const struct task *last = i ? t - 1 : NULL;
        bool opens = !last || last->group != t->group;

        if (last)
            buf_puts(out, opens ? " | " : last->step != t->step ? " > " : " ");
        if (opens && t->phase != PHASE_SYNC)
            buf_printf(out, "%s: ", sync_phase_name(t->phase));
        print_task(t, out);
    }
}

/* Groups and steps count from 0, without gaps, and a group begins a step. */
PART void expect_counted(const struct plan *plan)
{
    for (size_t i = 0; i < plan->len; i++) {
        const struct task *t = &plan->tasks[i];
        const struct task *last = i ? t - 1 : NULL;

        EXPECT_INT(t->group - (last ? last->group : 0), last && t->group != last->group);
        EXPECT(!last || t->step == last->step || t->step == last->step + 1);
        EXPECT(last ? t->group == last->group || t->step != last->step : t->step == 0);
    }
}

PART void expect_plans(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        cleanup_buf struct buf text = BUF_UNLIMITED;
        cleanup_json json_t *resources = json_array();
        struct plan_options options;
        struct fixture f;
        struct plan plan;

        setup(&f, &rows[i]);
        read_asked(rows[i].asked, f.app, &options, resources);
        plan_build(&plan, f.app, f.observer, &options);
        print_plan(&plan, &text);
        if (!streq(text.data ? text.data : "", rows[i].plan))
            fail_msg(
                "row %zu\n  wanted: %s\n  known:  %s\n  asked:  %s\n  plan:   %s\n  not:    %s", i,
                rows[i].wanted ? rows[i].wanted : "(not rendered)", rows[i].known, rows[i].asked,
                text.data, rows[i].plan);
        expect_counted(&plan);
        plan_clear(&plan);
        EXPECT_INT(plan.len, 0);
        teardown(&f);
    }
}

#endif
