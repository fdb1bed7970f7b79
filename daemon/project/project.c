/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/project/project.h"

#include "daemon/object/identity.h"
#include "daemon/project/window.h"
#include "daemon/source/credentials.h"
#include "kustomize/selector.h"
#include "lib/base/glob.h"

/* ---- rules ---- */

static bool is_deny(const char *pattern)
{
    return *pattern == '!';
}

/* Source: Argo CD, globMatch with negation: "!p" matches what p does not. */
static bool pattern_matches(const char *pattern, const char *value, char separator)
{
    if (is_deny(pattern))
        return !pattern_matches(pattern + 1, value, separator);
    return streq(pattern, "*") || glob_match(pattern, value, separator);
}

/* One cluster with several names: a pattern matches it when it matches any of them. */
static bool matches_any(const char *pattern, const char *const values[2])
{
    bool matched = false;

    if (is_deny(pattern))
        return !matches_any(pattern + 1, values);
    for (size_t i = 0; i < 2; i++)
        matched |= values[i] && pattern_matches(pattern, values[i], 0);
    return matched;
}

static char *normalised_pattern(const char *pattern)
{
    cleanup_free char *url = repository_url_normalise(is_deny(pattern) ? pattern + 1 : pattern);

    return xasprintf("%s%s", is_deny(pattern) ? "!" : "", url);
}

static bool url_matches(const char *pattern, const char *normalised_url, char separator)
{
    cleanup_free char *normalised = normalised_pattern(pattern);

    return pattern_matches(normalised, normalised_url, separator);
}

bool project_permits_source(const struct project *p, const char *repo_url)
{
    cleanup_free char *url = repository_url_normalise(repo_url);
    bool permitted = false;

    for (size_t i = 0; i < p->source_repos.len; i++) {
        const char *pattern = p->source_repos.items[i];

        if (url_matches(pattern, url, '/'))
            permitted = true; /* also by a "!p" that does not match: as in Argo CD */
        else if (is_deny(pattern))
            return false;
    }
    return permitted;
}

bool project_permits_destination(const struct project *p, const struct project_cluster *cluster,
                                 const char *namespace)
{
    bool permitted = false;

    for (size_t i = 0; i < p->destination_count; i++) {
        const struct project_destination *d = &p->destinations[i];
        bool server = matches_any(d->server, cluster->servers);
        bool name = matches_any(d->name, cluster->names);
        bool ns = pattern_matches(d->namespace, namespace, 0);

        if ((server || name) && ns)
            permitted = true;
        else if ((is_deny(d->name) && !name) || (is_deny(d->server) && !server && ns) ||
                 (is_deny(d->namespace) && !ns && server))
            return false;
    }
    return permitted;
}

static bool kinds_have(const struct project_kinds *kinds, const char *group, const char *kind,
                       const char *name)
{
    for (size_t i = 0; i < kinds->len; i++) {
        const struct project_kind *item = &kinds->items[i];

        if (glob_match(item->kind, kind, 0) && glob_match(item->group, group, 0) &&
            (!*item->name || glob_match(item->name, name, 0)))
            return true;
    }
    return false;
}

bool project_permits_kind(const struct project *p, const char *group, const char *kind,
                          const char *name, bool namespaced)
{
    if (namespaced)
        return (!p->namespace_allow.given || kinds_have(&p->namespace_allow, group, kind, name)) &&
               !kinds_have(&p->namespace_deny, group, kind, name);
    return kinds_have(&p->cluster_allow, group, kind, name) &&
           !kinds_have(&p->cluster_deny, group, kind, name);
}

static bool namespace_matches(const char *pattern, const char *namespace)
{
    size_t len = strlen(pattern);
    cleanup_free char *text = NULL;
    cleanup_regex struct regex *re = NULL;
    cleanup_error struct error *err = NULL;

    if (len < 2 || pattern[0] != '/' || pattern[len - 1] != '/')
        return glob_match(pattern, namespace, 0);
    text = xstrndup(pattern + 1, len - 2);
    return regex_new(text, &re, &err) == 0 && regex_matches(re, namespace);
}

bool project_permits_app_namespace(const struct project *p, const char *control_namespace,
                                   const char *namespace)
{
    if (streq(namespace, control_namespace))
        return true;
    for (size_t i = 0; i < p->source_namespaces.len; i++)
        if (namespace_matches(p->source_namespaces.items[i], namespace))
            return true;
    return false;
}

bool project_ignores_orphan(const struct project *p, const char *group, const char *kind,
                            const char *namespace, const char *name)
{
    if (!*group &&
        ((streq(kind, "Service") && streq(namespace, "default") && streq(name, "kubernetes")) ||
         (streq(kind, "ServiceAccount") && streq(name, "default")) ||
         (streq(kind, "ConfigMap") && streq(name, "kube-root-ca.crt"))))
        return true;
    for (size_t i = 0; i < p->ignored_orphans.len; i++) {
        const struct project_kind *item = &p->ignored_orphans.items[i];

        if (glob_match(item->group, group, 0) &&
            (!*item->kind || glob_match(item->kind, kind, 0)) &&
            (!*item->name || glob_match(item->name, name, 0)))
            return true;
    }
    return false;
}

int project_service_account(const struct project *p, const struct project_cluster *cluster,
                            const char *namespace, const char *fallback_namespace, char **user,
                            struct error **err)
{
    for (size_t i = 0; i < p->account_count; i++) {
        const struct project_service_account *a = &p->accounts[i];
        const char *colon = strchr(a->account, ':');

        if (!matches_any(a->server, cluster->servers) ||
            !pattern_matches(a->namespace, namespace, 0))
            continue;
        if (!*a->account || strpbrk(a->account, "!*[]{}\\/"))
            return error_set(err, ERROR_INVALID,
                             "default service account contains invalid chars '%s'", a->account);
        if (colon)
            *user = xasprintf("system:serviceaccount:%s", a->account);
        else
            *user = xasprintf("system:serviceaccount:%s:%s",
                              *namespace ? namespace : fallback_namespace, a->account);
        return 0;
    }
    *user = NULL;
    return 0;
}

/* Source: 2.6: a '!' pattern that matches excludes the policy; then any pattern that matches takes
 * it. */
static bool policy_covers(const struct project_policy *policy, const char *normalised_url)
{
    bool covers = false;

    for (size_t i = 0; i < policy->repos.len; i++) {
        const char *pattern = policy->repos.items[i];

        if (!is_deny(pattern))
            covers |= url_matches(pattern, normalised_url, 0);
        else if (url_matches(pattern + 1, normalised_url, 0))
            return false;
    }
    return covers;
}

int project_policy_for(const struct project *p, const char *repo_url,
                       const struct project_policy **out, struct error **err)
{
    cleanup_free char *url = repository_url_normalise(repo_url);
    const struct project_policy *found = NULL;
    size_t count = 0;

    for (size_t i = 0; i < p->policy_count; i++) {
        if (!policy_covers(&p->policies[i], url))
            continue;
        found = &p->policies[i];
        count++;
    }
    if (count > 1)
        return error_set(err, ERROR_INVALID,
                         "multiple (%zu) git source integrity policies found for repo URL: %s",
                         count, repo_url);
    *out = found;
    return 0;
}

char *project_refusal(const struct project *p, const struct project_cluster *cluster,
                      const char *group, const char *kind, const char *namespace, const char *name)
{
    if (!project_permits_kind(p, group, kind, name, *namespace))
        return xasprintf("resource %s:%s is not permitted in project %s", group, kind, p->name);
    if (*namespace && !project_permits_destination(p, cluster, namespace))
        return xasprintf("namespace %s is not permitted in project '%s'", namespace, p->name);
    return NULL;
}

/* ---- life ---- */

struct project *project_ref(struct project *p)
{
    if (p)
        p->refs++;
    return p;
}

static void kinds_clear(struct project_kinds *kinds)
{
    for (size_t i = 0; i < kinds->len; i++) {
        free(kinds->items[i].group);
        free(kinds->items[i].kind);
        free(kinds->items[i].name);
    }
    free(kinds->items);
}

void project_unref(struct project *p)
{
    if (!p || --p->refs)
        return;
    free(p->name);
    json_decref(p->labels);
    windows_free(p->windows);
    json_decref(p->window_list);
    strvec_clear(&p->source_repos);
    strvec_clear(&p->source_namespaces);
    for (size_t i = 0; i < p->destination_count; i++) {
        free(p->destinations[i].server);
        free(p->destinations[i].name);
        free(p->destinations[i].namespace);
    }
    free(p->destinations);
    for (size_t i = 0; i < p->account_count; i++) {
        free(p->accounts[i].server);
        free(p->accounts[i].namespace);
        free(p->accounts[i].account);
    }
    free(p->accounts);
    for (size_t i = 0; i < p->policy_count; i++) {
        strvec_clear(&p->policies[i].repos);
        strvec_clear(&p->policies[i].keys);
    }
    free(p->policies);
    kinds_clear(&p->cluster_allow);
    kinds_clear(&p->cluster_deny);
    kinds_clear(&p->namespace_allow);
    kinds_clear(&p->namespace_deny);
    kinds_clear(&p->ignored_orphans);
    free(p);
}

struct project *project_default(void)
{
    static const char text[] =
        "{\"metadata\": {\"name\": \"" PROJECT_DEFAULT "\"}, \"spec\": {\"sourceRepos\": [\"*\"], "
        "\"destinations\": [{\"server\": \"*\", \"namespace\": \"*\"}], "
        "\"clusterResourceWhitelist\": [{\"group\": \"*\", \"kind\": \"*\"}]}}";
    json_t *object = json_loads(text, 0, NULL);
    struct error *err = NULL;
    struct project *p = NULL;

    if (project_parse(object, &p, &err) < 0)
        UNREACHABLE();
    json_decref(object);
    return p;
}

/* ---- merging ---- */

static void append_kinds(struct project_kinds *to, const struct project_kinds *from)
{
    if (!from->len)
        return;
    to->given = true;
    to->items = xrealloc(to->items, (to->len + from->len) * sizeof(*to->items));
    for (size_t i = 0; i < from->len; i++)
        to->items[to->len++] = (struct project_kind){
            .group = xstrdup(from->items[i].group),
            .kind = xstrdup(from->items[i].kind),
            .name = xstrdup(from->items[i].name),
        };
}

static void append_destinations(struct project *p, const struct project *from)
{
    p->destinations = xrealloc(p->destinations, (p->destination_count + from->destination_count) *
                                                    sizeof(*p->destinations));
    for (size_t i = 0; i < from->destination_count; i++)
        p->destinations[p->destination_count++] = (struct project_destination){
            .server = xstrdup(from->destinations[i].server),
            .name = xstrdup(from->destinations[i].name),
            .namespace = xstrdup(from->destinations[i].namespace),
        };
}

static void append_accounts(struct project *p, const struct project *from)
{
    p->accounts =
        xrealloc(p->accounts, (p->account_count + from->account_count) * sizeof(*p->accounts));
    for (size_t i = 0; i < from->account_count; i++)
        p->accounts[p->account_count++] = (struct project_service_account){
            .server = xstrdup(from->accounts[i].server),
            .namespace = xstrdup(from->accounts[i].namespace),
            .account = xstrdup(from->accounts[i].account),
        };
}

void project_merge(struct project *p, const struct project *global)
{
    append_kinds(&p->cluster_allow, &global->cluster_allow);
    append_kinds(&p->cluster_deny, &global->cluster_deny);
    append_kinds(&p->namespace_allow, &global->namespace_allow);
    append_kinds(&p->namespace_deny, &global->namespace_deny);
    json_array_extend(p->window_list, global->window_list);
    windows_free(p->windows);
    p->windows = windows_parse(p->window_list);
    for (size_t i = 0; i < global->source_repos.len; i++)
        strvec_push(&p->source_repos, global->source_repos.items[i]);
    if (global->destination_count)
        append_destinations(p, global);
    if (global->account_count)
        append_accounts(p, global);
}
