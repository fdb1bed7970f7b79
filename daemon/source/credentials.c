/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/source/credentials.h"

#include "daemon/object/identity.h"
#include "daemon/object/secret.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/kube/watch.h"

#include <ctype.h>
#include <strings.h>

#define SECRET_TYPE_LABEL "argocd.argoproj.io/secret-type"

struct entry {
    char *url;        /* normalised */
    char *project;    /* whose repository it is; NULL: anybody's */
    bool is_template; /* repo-creds: a prefix of repository URLs */
    bool has_credentials;
    struct git_credentials *credentials;
    struct signin_spec *signin; /* with what a password can be had; NULL: there is one, or none */
    uint64_t version;
    unsigned generation;
};

struct credentials {
    struct kube_client *client;
    char *namespace;
    struct kube_discovery *discovery;
    struct kube_watch *watch;
    struct map entries; /* Secret name -> struct entry */
    unsigned generation;
    credentials_changed_fn *changed; /* may be NULL */
    void *arg;
};

/* Source: Argo CD (argocd-behaviour, 2.2). */
char *repository_url_normalise(const char *url)
{
    cleanup_free char *copy = xstrdup(url);
    size_t len = strlen(copy);
    char *colon;

    for (char *c = copy; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    while (len && copy[len - 1] == '/' && !str_has_suffix(copy, "://"))
        copy[--len] = '\0';
    if (len > 4 && str_has_suffix(copy, ".git"))
        copy[len - 4] = '\0';
    if (str_has_prefix(copy, "ssh://"))
        return xstrdup(copy + strlen("ssh://"));
    colon = strchr(copy, ':');
    if (colon && memchr(copy, '@', (size_t)(colon - copy)) && !str_has_prefix(colon, "://"))
        *colon = '/';
    return TAKE(copy);
}

/*
 * A prefix by text, as in Argo CD, but the host is whole: what is meant for git.example.org must
 * not go to git.example.org.evil.test.
 */
static bool template_covers(const char *prefix, const char *url)
{
    const char *host = strstr(prefix, "://") ? strstr(prefix, "://") + 3 : prefix;
    const char *rest;

    if (!str_has_prefix(url, prefix))
        return false;
    rest = url + strlen(prefix);
    if (strchr(host, '/'))
        return true;
    if (*rest == ':')
        rest += 1 + strspn(rest + 1, "0123456789");
    return *host && (!*rest || *rest == '/');
}

static void entry_free(void *arg)
{
    struct entry *e = arg;

    if (!e)
        return;
    free(e->url);
    free(e->project);
    git_credentials_free(e->credentials);
    signin_spec_free(e->signin);
    free(e);
}

/* What there is beside passwords and keys of ssh: in *spec, or in *unusable why it is of no use. */
static void parse_signin(const json_t *secret, bool is_template, const char *url,
                         struct signin_spec **spec, char **unusable)
{
    const char *name = object_meta_string(secret, "name");
    cleanup_error struct error *err = NULL;

    if (signin_spec_parse(secret, is_template, spec, &err) < 0) {
        *unusable = xasprintf("its Secret %s is of no use: %s", name, error_message(err));
    } else if (*spec && strncasecmp(url, "https://", 8) != 0 &&
               strncasecmp(url, "http://", 7) != 0) {
        *unusable = xasprintf("its Secret %s is for %s, which signs in to https:// URLs only: put "
                              "such a URL into Secret and Application, or a key (sshPrivateKey) "
                              "into the Secret",
                              name, signin_kind_text((*spec)->kind));
        signin_spec_free(TAKE(*spec));
    }
}

static struct entry *entry_parse(const json_t *secret)
{
    const char *type = json_string_value(json_object_get(
        json_object_get(json_object_get(secret, "metadata"), "labels"), SECRET_TYPE_LABEL));
    cleanup_free char *url = secret_value(secret, "url");
    struct git_credentials *c;
    struct entry *e;

    if (!url || (!streq(type, "repository") && !streq(type, "repo-creds")))
        return NULL;
    e = xcalloc(1, sizeof(*e));
    c = xcalloc(1, sizeof(*c));
    e->url = repository_url_normalise(url);
    e->is_template = streq(type, "repo-creds");
    e->version = object_version(secret);
    e->project = e->is_template ? NULL : secret_filled(secret, "project");
    e->credentials = c;
    c->username = secret_filled(secret, "username");
    c->password = secret_filled(secret, "password");
    c->bearer_token = secret_filled(secret, "bearerToken");
    c->ssh_private_key = secret_filled(secret, "sshPrivateKey");
    c->tls_client_cert = secret_filled(secret, "tlsClientCertData");
    c->tls_client_key = secret_filled(secret, "tlsClientCertKey");
    c->proxy = secret_filled(secret, "proxy");
    c->secret = xstrdup(object_meta_string(secret, "name"));
    c->insecure = secret_flag(secret, "insecure") || secret_flag(secret, "insecureIgnoreHostKey");
    if (c->password && !c->username)
        c->username = xstrdup("x-access-token");
    if (!c->password && !c->bearer_token && !c->ssh_private_key)
        parse_signin(secret, e->is_template, url, &e->signin, &c->unusable);
    e->has_credentials =
        c->password || c->bearer_token || c->ssh_private_key || c->tls_client_cert || e->signin;
    return e;
}

static void on_list_start(void *arg, bool is_check)
{
    (void)is_check;
    ((struct credentials *)arg)->generation++;
}

/* Does a project have a Secret for the repository of this one? */
static bool is_of_project(const struct credentials *c, const struct entry *e)
{
    struct map_entry *m;
    size_t it = 0;

    if (!e || e->is_template || e->project)
        return e && e->project;
    while ((m = map_next(&c->entries, &it))) {
        const struct entry *other = m->value;

        if (other->project && streq(other->url, e->url))
            return true;
    }
    return false;
}

/* One became another; NULL: there is none. */
static void tell(struct credentials *c, const struct entry *former, const struct entry *now)
{
    bool same = former && now && former->version == now->version;

    if (c->changed && !same && (former || now))
        c->changed(c->arg, is_of_project(c, former) || is_of_project(c, now));
}

static void on_secret(void *arg, enum kube_event event, const json_t *secret)
{
    struct credentials *c = arg;
    const char *name = object_meta_string(secret, "name");
    struct entry *e = event == KUBE_DELETED ? NULL : entry_parse(secret);
    struct entry *former = map_remove(&c->entries, name);

    if (e) {
        e->generation = c->generation;
        map_set(&c->entries, name, e);
    }
    tell(c, former, e);
    entry_free(former);
}

static void on_list_done(void *arg, uint64_t version)
{
    struct credentials *c = arg;
    struct map_entry *m;
    size_t it = 0;

    (void)version;
    while ((m = map_next(&c->entries, &it))) {
        struct entry *e = m->value;

        if (e->generation == c->generation)
            continue;
        map_remove(&c->entries, m->key);
        tell(c, e, NULL);
        entry_free(e);
    }
}

static void on_failed(void *arg, const struct error *err, uint64_t retry_ms)
{
    (void)arg;
    (void)retry_ms;
    if (err)
        log_event(LOG_WARN, "cannot read repository Secrets; repositories are asked without them",
                  "error", error_message(err), NULL);
}

struct credentials *credentials_new(struct kube_client *client, const char *control_namespace)
{
    struct credentials *c = xcalloc(1, sizeof(*c));

    c->client = client;
    c->namespace = xstrdup(control_namespace);
    return c;
}

void credentials_free(struct credentials *c)
{
    if (!c)
        return;
    if (c->watch)
        kube_watch_stop(c->watch);
    kube_discovery_unref(c->discovery);
    map_clear_with(&c->entries, entry_free);
    free(c->namespace);
    free(c);
}

void credentials_watch(struct credentials *c, struct kube_discovery *d)
{
    static const struct kube_watch_callbacks callbacks = {.list_start = on_list_start,
                                                          .object = on_secret,
                                                          .list_done = on_list_done,
                                                          .failed = on_failed};
    const struct kube_resource *r = kube_discovery_find(d, "", "v1", "Secret");

    if (c->watch || !r)
        return;
    c->discovery = kube_discovery_ref(d);
    c->watch = kube_watch_start(c->client, r, c->namespace,
                                SECRET_TYPE_LABEL " in (repository,repo-creds)", &callbacks, c);
}

void credentials_on_change(struct credentials *c, credentials_changed_fn *changed, void *arg)
{
    c->changed = changed;
    c->arg = arg;
}

void credentials_add_repositories(const struct credentials *c, const char *project,
                                  struct strvec *urls)
{
    struct map_entry *m;
    size_t it = 0;

    while ((m = map_next(&c->entries, &it))) {
        const struct entry *e = m->value;

        if (e->project && streq(e->project, project))
            strvec_push(urls, e->url);
    }
}

static const struct entry *find(const struct credentials *c, const char *url)
{
    cleanup_free char *wanted = repository_url_normalise(url);
    const struct entry *own = NULL;
    const struct entry *best = NULL;
    struct map_entry *m;
    size_t it = 0;

    while ((m = map_next(&c->entries, &it))) {
        const struct entry *e = m->value;

        if (!e->is_template && streq(e->url, wanted))
            own = e;
        if (e->is_template && template_covers(e->url, wanted) &&
            (!best || strlen(e->url) > strlen(best->url)))
            best = e;
    }
    if (own && (own->has_credentials || !best))
        return own;
    return best;
}

const struct git_credentials *credentials_find(const struct credentials *c, const char *url)
{
    const struct entry *e = find(c, url);

    return e ? e->credentials : NULL;
}

const struct signin_spec *credentials_find_signin(const struct credentials *c, const char *url)
{
    const struct entry *e = find(c, url);

    return e ? e->signin : NULL;
}

const char *credentials_other_project(const struct credentials *c, const char *url,
                                      const char *project)
{
    cleanup_free char *wanted = repository_url_normalise(url);
    const char *other = NULL;
    struct map_entry *m;
    size_t it = 0;

    while ((m = map_next(&c->entries, &it))) {
        const struct entry *e = m->value;

        if (e->is_template || !e->has_credentials || !streq(e->url, wanted))
            continue;
        if (!e->project || streq(e->project, project))
            return NULL;
        other = e->project;
    }
    return other;
}
