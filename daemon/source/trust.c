/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/source/trust.h"

#include "daemon/settings/config_map_watch.h"
#include "lib/base/log.h"

#include <ctype.h>

#define KNOWN_HOSTS_KEY "ssh_known_hosts"

enum store { STORE_CAS, STORE_HOST_KEYS, STORES };

static const char *const store_names[STORES] = {
    [STORE_CAS] = "argocd-tls-certs-cm",
    [STORE_HOST_KEYS] = "argocd-ssh-known-hosts-cm",
};

struct part {
    struct trust *trust;
    const char *name;
    struct config_map_watch *watch;
    json_t *data; /* NULL: there is none, or it is not known yet */
};

struct trust {
    struct kube_client *client;
    char *namespace;
    struct part parts[STORES];
    struct git_credentials *given; /* by the last call */
    trust_changed_fn *changed;
    void *arg;
};

static void on_changed(void *arg, const json_t *data)
{
    struct part *p = arg;

    if (data ? json_equal(data, p->data) : !p->data)
        return;
    json_decref(p->data);
    p->data = json_incref((json_t *)data);
    log_event(LOG_INFO, "what Git servers are known by has changed", "config_map", p->name, NULL);
    p->trust->changed(p->trust->arg);
}

static void on_failed(void *arg, const struct error *err)
{
    const struct part *p = arg;

    log_event(LOG_WARN, "cannot read by what Git servers are known", "config_map", p->name, "error",
              error_message(err), "instead",
              p->data ? "what was read last" : "what this machine trusts", NULL);
}

struct trust *trust_new(struct kube_client *client, const char *control_namespace,
                        trust_changed_fn *changed, void *arg)
{
    struct trust *t = xcalloc(1, sizeof(*t));

    t->client = client;
    t->namespace = xstrdup(control_namespace);
    t->changed = changed;
    t->arg = arg;
    for (size_t i = 0; i < STORES; i++) {
        t->parts[i].trust = t;
        t->parts[i].name = store_names[i];
    }
    return t;
}

void trust_free(struct trust *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < STORES; i++) {
        config_map_watch_free(t->parts[i].watch);
        json_decref(t->parts[i].data);
    }
    git_credentials_free(t->given);
    free(t->namespace);
    free(t);
}

void trust_watch(struct trust *t, struct kube_discovery *d)
{
    static const struct config_map_callbacks callbacks = {on_changed, on_failed};

    for (size_t i = 0; i < STORES; i++) {
        struct part *p = &t->parts[i];

        p->watch = config_map_watch_start(t->client, d, t->namespace, p->name, NULL, &callbacks, p);
    }
}

/* Of an https URL, without user and port, as it stands in the ConfigMap; else NULL. */
static char *https_host(const char *url)
{
    cleanup_free char *shown = git_url_shown(url); /* without the user */
    const char *host = shown + strlen("https://");
    char *found;

    if (!str_has_prefix(shown, "https://"))
        return NULL;
    found = *host == '[' ? xstrndup(host + 1, strcspn(host + 1, "]"))
                         : xstrndup(host, strcspn(host, ":/?#"));
    for (char *c = found; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return found;
}

const struct git_credentials *trust_add(struct trust *t, const char *url,
                                        const struct git_credentials *credentials)
{
    cleanup_free char *host = https_host(url);
    const char *cas =
        host ? json_string_value(json_object_get(t->parts[STORE_CAS].data, host)) : NULL;
    const char *host_keys =
        host ? NULL
             : json_string_value(json_object_get(t->parts[STORE_HOST_KEYS].data, KNOWN_HOSTS_KEY));

    if (!cas && !host_keys)
        return credentials;
    git_credentials_free(t->given);
    t->given = credentials ? git_credentials_copy(credentials) : xcalloc(1, sizeof(*t->given));
    t->given->tls_ca = xstrdup(cas);
    t->given->ssh_known_hosts = xstrdup(host_keys);
    return t->given;
}
