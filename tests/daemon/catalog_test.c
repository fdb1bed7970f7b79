/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/catalog.h"

#include "lib/base/buf.h"
#include "tests/daemon/cluster.h"

#include <unistd.h>

struct fixture {
    struct catalog *catalog;
    struct buf told; /* "+NS/NAME" changed, "-NS/NAME" removed, "." complete */
    const char *dir;
    unsigned relists;
};

static void on_changed(void *arg, const json_t *application, bool from_file)
{
    struct fixture *f = arg;

    buf_printf(&f->told, "+%s/%s%s ", object_meta_string(application, "namespace"),
               object_meta_string(application, "name"), from_file ? "" : "!");
}

static void on_removed(void *arg, const char *ns, const char *name)
{
    struct fixture *f = arg;

    buf_printf(&f->told, "-%s/%s ", ns, name);
}

/* "P2 ": there are two AppProjects. */
static void on_projects(void *arg, const json_t *objects)
{
    struct fixture *f = arg;

    if (json_array_size(objects))
        buf_printf(&f->told, "P%zu ", json_array_size(objects));
}

static void on_complete(void *arg)
{
    struct fixture *f = arg;

    buf_puts(&f->told, ". ");
}

static void on_relisted(void *arg)
{
    ((struct fixture *)arg)->relists++;
}

static void setup(struct fixture *f, struct kube_client *client)
{
    static const struct catalog_callbacks callbacks = {on_changed, on_removed, on_projects,
                                                       on_complete, on_relisted};

    *f = (struct fixture){.told = BUF_UNLIMITED, .dir = test_tmpdir()};
    f->catalog = catalog_new(client, &callbacks, f);
}

static void teardown(struct fixture *f)
{
    catalog_free(f->catalog);
    buf_clear(&f->told);
}

#define APP(name)                                                                                  \
    "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: " name "}\n"
#define APP_IN(ns, name)                                                                           \
    "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {namespace: " ns               \
    ", name: " name "}\n"
#define APP_LABELLED(name, labels)                                                                 \
    "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: " name                  \
    ", labels: {" labels "}}\n"
#define CONFIG_MAP "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"

static void choose(struct fixture *f, const char *selector, bool beside_argocd)
{
    struct catalog_choice choice = {.selector = selector, .beside_argocd = beside_argocd};
    struct error *err = NULL;

    EXPECT_OK(catalog_choose(f->catalog, &choice, &err));
}

/* Paths of `words` are below the directory, but absolute ones. */
static int load(struct fixture *f, const char *words, struct error **err)
{
    cleanup_strvec struct strvec paths = {0};
    cleanup_free char *copy = xstrdup(words);
    char *save = NULL;

    for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
        strvec_pushf(&paths, "%s/%s", f->dir, w);
    buf_truncate(&f->told, 0);
    return catalog_load_files(f->catalog, &paths, err);
}

TEST(files_may_hold_projects)
{
    struct fixture f;
    struct error *err = NULL;

    setup(&f, NULL);
    test_write_file(
        f.dir, "p/a.yaml",
        "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: p}\n---\n" APP(
            "web") "---\n" CONFIG_MAP);
    EXPECT_OK(load(&f, "p", &err));
    EXPECT_STR(f.told.data, "P1 +/web . ");
    teardown(&f);
}

TEST(files_and_directories)
{
    struct fixture f;
    struct error *err = NULL;

    setup(&f, NULL);
    test_write_file(f.dir, "one/app.yaml", APP("a") "---\n" CONFIG_MAP "---\n" APP_IN("team", "b"));
    test_write_file(f.dir, "one/list.txt", APP("ignored"));
    test_write_file(f.dir, "one/deep/app.yaml", APP("deeper"));
    test_write_file(f.dir, "one/z.json",
                    "{\"apiVersion\": \"argoproj.io/v1alpha1\", \"kind\": \"Application\", "
                    "\"metadata\": {\"name\": \"j\"}}");
    test_write_file(f.dir, "two.yml", APP("t"));
    test_write_file(f.dir, "other.yaml",
                    "apiVersion: app.k8s.io/v1\nkind: Application\nmetadata: {name: foreign}\n");

    EXPECT_OK(load(&f, "one two.yml", &err));
    EXPECT_STR(f.told.data, "+/a +team/b +/j +/t . ");
    EXPECT_OK(load(&f, "two.yml other.yaml", &err));
    EXPECT_STR(f.told.data, "+/t -/a -team/b -/j . ");
    EXPECT_OK(load(&f, "one/ one/deep", &err));
    EXPECT_STR(f.told.data, "+/a +team/b +/j +/deeper -/t . ");
    EXPECT_OK(load(&f, "one/app.yaml", &err));
    EXPECT_STR(f.told.data, "+/a +team/b -/j -/deeper . ");
    teardown(&f);
}

TEST(a_bare_file_name_is_in_the_working_directory)
{
    cleanup_strvec struct strvec paths = {0};
    cleanup_free char *before = getcwd(NULL, 0);
    struct error *err = NULL;
    struct fixture f;

    setup(&f, NULL);
    test_write_file(f.dir, "bare.yaml", APP("bare"));
    strvec_push(&paths, "bare.yaml");
    EXPECT_INT(chdir(f.dir), 0);
    EXPECT_OK(catalog_load_files(f.catalog, &paths, &err));
    EXPECT_STR(f.told.data, "+/bare . ");
    EXPECT_INT(chdir(before), 0);
    teardown(&f);
}

TEST(what_is_wrong_is_named_and_changes_nothing)
{
    static const struct {
        const char *file, *text; /* NULL: none is written */
        const char *words;
        enum error_kind kind;
        const char *message;
    } rows[] = {
        {NULL, NULL, "nowhere.yaml", ERROR_NOT_FOUND, "nowhere.yaml: no such file or directory"},
        {NULL, NULL, "good.yaml nowhere", ERROR_NOT_FOUND, "nowhere: no such file"},
        {"bad.yaml", "a: [", "good.yaml bad.yaml", ERROR_INVALID, "bad.yaml:"},
        {"cm.yaml", CONFIG_MAP, "cm.yaml", ERROR_INVALID,
         "no object of kind Application (argoproj.io/v1alpha1) in "},
        {"cm.yaml", CONFIG_MAP, "cm.yaml cm.yaml", ERROR_INVALID, "and the other files"},
        {"nameless.yaml", APP("a") "---\n" APP("''"), "nameless.yaml", ERROR_INVALID,
         "nameless.yaml: document 2: metadata.name is missing"},
        {"twice.yaml", APP("a") "---\n" APP("a"), "twice.yaml", ERROR_INVALID,
         "Application /a appears twice"},
        {NULL, NULL, "good.yaml good.yaml", ERROR_INVALID, "Application /good appears twice"},
        {"bad/x.yaml", "{", "bad", ERROR_INVALID, "bad/x.yaml"},
        {"empty/README", "", "empty", ERROR_INVALID, "no object of kind Application"},
    };
    struct fixture f;

    setup(&f, NULL);
    test_write_file(f.dir, "good.yaml", APP("good"));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_error struct error *err = NULL;
        struct error *none = NULL;

        if (rows[i].file)
            test_write_file(f.dir, rows[i].file, rows[i].text);
        if (load(&f, "good.yaml", &none) < 0)
            fail_msg("%s", error_message(none));
        if (load(&f, rows[i].words, &err) == 0)
            fail_msg("accepted: %s", rows[i].words);
        EXPECT_CONTAINS(error_message(err), rows[i].message);
        if (error_kind(err) != rows[i].kind)
            fail_msg("%s: %s", error_message(err), error_kind_name(error_kind(err)));
        EXPECT_STR(f.told.data, "");
    }
    teardown(&f);
}

TEST(the_same_name_in_two_namespaces_is_two_applications)
{
    struct fixture f;
    struct error *err = NULL;

    setup(&f, NULL);
    test_write_file(f.dir, "two.yaml", APP_IN("a", "x") "---\n" APP_IN("b", "x"));
    EXPECT_OK(load(&f, "two.yaml", &err));
    EXPECT_STR(f.told.data, "+a/x +b/x . ");
    test_write_file(f.dir, "two.yaml", APP_IN("b", "x"));
    EXPECT_OK(load(&f, "two.yaml", &err));
    EXPECT_STR(f.told.data, "+b/x -a/x . ");
    teardown(&f);
}

static void expect_told(struct fixture *f, struct cluster *c, const char *want)
{
    CLUSTER_UNTIL(c, f->told.len >= strlen(want));
    EXPECT_STR(f->told.data, want);
    buf_truncate(&f->told, 0);
}

static const struct kube_resource resource = {.group = "argoproj.io",
                                              .version = "v1alpha1",
                                              .kind = "Application",
                                              .plural = "applications",
                                              .namespaced = true,
                                              .can_list = true,
                                              .can_watch = true};

TEST(applications_of_the_cluster_as_they_come_and_go)
{
    cleanup_json json_t *a = parts_application("argocd", "a");
    cleanup_json json_t *b = parts_application("team", "b");
    struct cluster c;
    struct fixture f;
    json_t *items = json_array();

    cluster_start(&c);
    setup(&f, c.client);
    json_array_append(items, a);
    cluster_set_list(&c, "applications", items);
    catalog_watch(f.catalog, c.discovery, &resource, NULL);
    catalog_watch(f.catalog, c.discovery, &resource, NULL); /* again says nothing */
    expect_told(&f, &c, "+argocd/a! . ");
    EXPECT_CONTAINS(c.last_list, "/apis/argoproj.io/v1alpha1/applications");

    cluster_send(&c, "applications", "ADDED", b);
    expect_told(&f, &c, "+team/b! ");
    cluster_send(&c, "applications", "MODIFIED", a);
    expect_told(&f, &c, "+argocd/a! ");
    /* Nobody hears of one that is to be left alone. */
    json_object_set_new(json_object_get(a, "metadata"), "annotations",
                        parse("{'argocd.argoproj.io/skip-reconcile': 'true'}"));
    cluster_send(&c, "applications", "MODIFIED", a);
    expect_told(&f, &c, "-argocd/a ");
    cluster_send(&c, "applications", "MODIFIED", a);
    json_object_del(json_object_get(a, "metadata"), "annotations");
    cluster_send(&c, "applications", "MODIFIED", a);
    expect_told(&f, &c, "+argocd/a! ");
    cluster_send(&c, "applications", "DELETED", a);
    expect_told(&f, &c, "-argocd/a ");

    /* A list after an interruption: b was deleted, a is there again. */
    EXPECT_INT(f.relists, 1);
    cluster_expire(&c, "applications");
    expect_told(&f, &c, "+argocd/a! -team/b . ");
    EXPECT_INT(f.relists, 2); /* before what it holds is told */
    teardown(&f);
    cluster_stop(&c);
}

TEST(what_is_left_alone_still_refers_to_its_project)
{
    cleanup_json json_t *a = parts_application("argocd", "a");
    cleanup_json json_t *b = parts_application("argocd", "b");
    struct cluster c;
    struct fixture f;

    cluster_start(&c);
    setup(&f, c.client);
    json_object_set_new(json_object_get(a, "spec"), "project", json_string("shop"));
    json_object_set_new(json_object_get(a, "metadata"), "annotations",
                        parse("{'argocd.argoproj.io/skip-reconcile': 'true'}"));
    cluster_set_list(&c, "applications", json_pack("[O, O]", a, b));
    catalog_watch(f.catalog, c.discovery, &resource, NULL);
    expect_told(&f, &c, "+argocd/b! . ");
    EXPECT(catalog_skips_one_of(f.catalog, "shop"));
    EXPECT(!catalog_skips_one_of(f.catalog, "default")); /* that is b's, which is known */

    json_object_del(json_object_get(a, "metadata"), "annotations");
    cluster_send(&c, "applications", "MODIFIED", a);
    expect_told(&f, &c, "+argocd/a! ");
    EXPECT(!catalog_skips_one_of(f.catalog, "shop"));

    /* Left alone again, and deleted. */
    json_object_set_new(json_object_get(a, "metadata"), "annotations",
                        parse("{'argocd.argoproj.io/skip-reconcile': 'true'}"));
    cluster_send(&c, "applications", "MODIFIED", a);
    expect_told(&f, &c, "-argocd/a ");
    EXPECT(catalog_skips_one_of(f.catalog, "shop"));
    cluster_send(&c, "applications", "DELETED", a);
    expect_told(&f, &c, "-argocd/a ");
    EXPECT(!catalog_skips_one_of(f.catalog, "shop"));

    /* There again, and deleted while nobody watched. */
    json_object_del(json_object_get(a, "metadata"), "annotations");
    cluster_send(&c, "applications", "ADDED", a);
    expect_told(&f, &c, "+argocd/a! ");
    json_object_set_new(json_object_get(a, "metadata"), "annotations",
                        parse("{'argocd.argoproj.io/skip-reconcile': 'true'}"));
    cluster_send(&c, "applications", "MODIFIED", a);
    expect_told(&f, &c, "-argocd/a ");
    EXPECT(catalog_skips_one_of(f.catalog, "shop"));
    cluster_set_list(&c, "applications", json_pack("[O]", b));
    cluster_expire(&c, "applications");
    expect_told(&f, &c, "+argocd/b! . ");
    EXPECT(!catalog_skips_one_of(f.catalog, "shop"));
    teardown(&f);
    cluster_stop(&c);
}

TEST(only_applications_that_are_selected_count)
{
    cleanup_error struct error *err = NULL;
    struct catalog_choice bad = {.selector = "team in"};
    struct cluster c;
    struct fixture f;

    cluster_start(&c);
    setup(&f, c.client);
    EXPECT_INT(catalog_choose(f.catalog, &bad, &err), -1);
    EXPECT_CONTAINS(error_message(err), "--selector team in: ");
    choose(&f, "team in (a,b),!old", false);
    test_write_file(f.dir, "apps.yaml",
                    APP("none") "---\n" APP_LABELLED("one", "team: a") "---\n" APP_LABELLED(
                        "two", "team: b, old: ''") "---\n" APP_LABELLED("three", "team: b"));
    EXPECT_OK(load(&f, "apps.yaml", &err));
    EXPECT_STR(f.told.data, "+/one +/three . ");
    buf_truncate(&f.told, 0);

    cluster_set_list(&c, "applications", json_array());
    catalog_watch(f.catalog, c.discovery, &resource, NULL); /* the API server selects */
    CLUSTER_UNTIL(&c, f.told.len >= strlen("-/one -/three . "));
    EXPECT_CONTAINS(c.last_list, "labelSelector=team%20in%20%28a%2Cb%29%2C%21old");
    teardown(&f);
    cluster_stop(&c);
}

TEST(beside_argocd_only_those_count_that_it_leaves_alone)
{
    cleanup_json json_t *a = parts_application("argocd", "a");
    json_t *metadata = json_object_get(a, "metadata");
    struct cluster c;
    struct fixture f;

    cluster_start(&c);
    setup(&f, c.client);
    choose(&f, NULL, true);
    cluster_set_list(&c, "applications", json_pack("[O]", a));
    catalog_watch(f.catalog, c.discovery, &resource, NULL);
    expect_told(&f, &c, ". ");
    json_object_set_new(metadata, "annotations",
                        parse("{'argocd.argoproj.io/skip-reconcile': 'true'}"));
    cluster_send(&c, "applications", "MODIFIED", a);
    expect_told(&f, &c, "+argocd/a! ");
    json_object_del(metadata, "annotations");
    cluster_send(&c, "applications", "MODIFIED", a);
    expect_told(&f, &c, "-argocd/a ");
    teardown(&f);
    cluster_stop(&c);
}
