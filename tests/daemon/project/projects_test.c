/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/object/label_match.h"
#include "daemon/project/projects.h"
#include "tests/daemon/cluster.h"

struct fixture {
    struct projects *projects;
    unsigned changes;
    const char *repository; /* of the project "team" alone; may be NULL */
};

static void on_changed(void *arg)
{
    ((struct fixture *)arg)->changes++;
}

static void on_repositories(void *arg, const char *project, struct strvec *urls)
{
    const struct fixture *f = arg;

    if (f->repository && streq(project, "team"))
        strvec_push(urls, f->repository);
}

static void setup(struct fixture *f, struct kube_client *client)
{
    *f = (struct fixture){0};
    f->projects = projects_new(client, "argocd", on_changed, on_repositories, f);
}

static void set_all(struct fixture *f, const char *objects)
{
    cleanup_json json_t *list = parse(objects);

    projects_set_all(f->projects, list);
}

/* "NAME:REPOS" of a project, "?" where there is none. Static. */
static const char *found(struct fixture *f, const char *name)
{
    static char text[256];
    struct project *p = NULL;
    struct error *err = NULL;

    if (projects_find(f->projects, name, &p, &err) < 0) {
        EXPECT_INT(error_kind(err), ERROR_NOT_FOUND);
        error_free(err);
        return "?";
    }
    snprintf(text, sizeof(text), "%s:", p->name);
    for (size_t i = 0; i < p->source_repos.len; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i ? "," : "",
                 p->source_repos.items[i]);
    return text;
}

#define TEAM(repos)                                                                                \
    "{'metadata': {'name': 'team', 'namespace': 'argocd', 'labels': {'tier': 'gold'}}, "           \
    "'spec': {'sourceRepos': [" repos "]}}"

TEST(without_files_or_a_list_nothing_is_known)
{
    struct fixture f;
    const char *why;

    setup(&f, NULL);
    EXPECT(!projects_are_known(f.projects, &why));
    EXPECT_NULL(why);
    projects_free(f.projects);
}

TEST(the_default_project_is_there_without_being_stored_and_others_are_not)
{
    struct fixture f;
    const char *why;

    setup(&f, NULL);
    set_all(&f, "[]");
    EXPECT(projects_are_known(f.projects, &why));
    EXPECT_INT(f.changes, 1);
    EXPECT_STR(found(&f, "default"), "default:*");
    EXPECT_STR(found(&f, "team"), "?");
    projects_free(f.projects);
}

TEST(a_stored_default_project_counts_and_its_removal_restores_the_other)
{
    struct fixture f;

    setup(&f, NULL);
    EXPECT_STR(found(&f, "default"), "default:*");
    set_all(&f,
            "[{'metadata': {'name': 'default'}, 'spec': {'sourceRepos': ['https://x.test/a']}}]");
    EXPECT_STR(found(&f, "default"), "default:https://x.test/a");
    set_all(&f, "[]");
    EXPECT_STR(found(&f, "default"), "default:*");
    projects_free(f.projects);
}

TEST(projects_of_other_namespaces_are_none_of_ours)
{
    struct fixture f;

    setup(&f, NULL);
    set_all(&f, "[{'metadata': {'name': 'a', 'namespace': 'elsewhere'}, 'spec': {}}, "
                "{'metadata': {'name': 'b'}, 'spec': {}}]");
    EXPECT_STR(found(&f, "a"), "?");
    EXPECT_STR(found(&f, "b"), "b:");
    projects_free(f.projects);
}

TEST(the_repositories_of_a_project_are_its_own)
{
    struct fixture f;

    setup(&f, NULL);
    set_all(&f, "[" TEAM("'https://x.test/a'") "]");
    EXPECT_STR(found(&f, "team"), "team:https://x.test/a");
    f.repository = "https://x.test/own";
    projects_repositories_changed(f.projects);
    EXPECT_STR(found(&f, "team"), "team:https://x.test/a,https://x.test/own");
    projects_free(f.projects);
}

TEST(a_global_project_counts_for_those_that_its_selector_matches)
{
    struct fixture f;
    cleanup_json json_t *global =
        parse("[{'projectName': 'base', 'labelSelector': {'matchLabels': {'tier': 'gold'}}}]");

    setup(&f, NULL);
    set_all(&f, "[" TEAM("'https://x.test/a'") ", {'metadata': {'name': 'plain'}, 'spec': {}}, "
                                               "{'metadata': {'name': 'base', 'labels': {'tier': "
                                               "'gold'}}, 'spec': "
                                               "{'sourceRepos': ['https://x.test/base']}}]");
    projects_set_global(f.projects, global);
    EXPECT_INT(f.changes, 2);
    projects_set_global(f.projects, global);
    EXPECT_INT(f.changes, 2);
    EXPECT_STR(found(&f, "team"), "team:https://x.test/a,https://x.test/base");
    EXPECT_STR(found(&f, "plain"), "plain:");
    EXPECT_STR(found(&f, "base"), "base:https://x.test/base");
    projects_set_global(f.projects, NULL);
    EXPECT_STR(found(&f, "team"), "team:https://x.test/a");
    projects_free(f.projects);
}

TEST(a_global_project_that_is_not_there_says_so)
{
    struct fixture f;
    cleanup_json json_t *global = parse("[{'projectName': 'gone', 'labelSelector': {}}]");
    cleanup_error struct error *err = NULL;
    struct project *p;

    setup(&f, NULL);
    set_all(&f, "[" TEAM("") "]");
    projects_set_global(f.projects, global);
    EXPECT_INT(projects_find(f.projects, "team", &p, &err), -1);
    EXPECT_CONTAINS(error_message(err), "globalProjects of argocd-cm: there is no AppProject gone");
    projects_free(f.projects);
}

TEST(label_selectors)
{
    static const struct {
        const char *selector;
        bool matches; /* {'tier': 'gold', 'team': 'a'} */
    } rows[] = {
        {"{}", true},
        {"null", false},
        {"{'matchLabels': {'tier': 'gold'}}", true},
        {"{'matchLabels': {'tier': 'gold', 'team': 'b'}}", false},
        {"{'matchExpressions': [{'key': 'team', 'operator': 'In', 'values': ['a', 'b']}]}", true},
        {"{'matchExpressions': [{'key': 'team', 'operator': 'In', 'values': ['b']}]}", false},
        {"{'matchExpressions': [{'key': 'none', 'operator': 'In', 'values': ['b']}]}", false},
        {"{'matchExpressions': [{'key': 'team', 'operator': 'NotIn', 'values': ['b']}]}", true},
        {"{'matchExpressions': [{'key': 'none', 'operator': 'NotIn', 'values': ['b']}]}", true},
        {"{'matchExpressions': [{'key': 'team', 'operator': 'Exists'}]}", true},
        {"{'matchExpressions': [{'key': 'none', 'operator': 'Exists'}]}", false},
        {"{'matchExpressions': [{'key': 'none', 'operator': 'DoesNotExist'}]}", true},
        {"{'matchExpressions': [{'key': 'team', 'operator': 'DoesNotExist'}]}", false},
        {"{'matchExpressions': [{'key': 'team', 'operator': 'Like'}]}", false},
    };
    cleanup_json json_t *labels = parse("{'tier': 'gold', 'team': 'a'}");

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_json json_t *selector = parse(rows[i].selector);

        if (labels_match(selector, labels) != rows[i].matches)
            fail_msg("row %zu: %s", i, rows[i].selector);
    }
}
