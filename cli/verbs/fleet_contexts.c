/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/fleet_contexts.h"

#include "cli/verbs/cluster.h"
#include "cli/verbs/progress.h"
#include "lib/base/suggest.h"
#include "lib/kube/config.h"

/* ---- which ones ---- */

/* "a,b"; given several times they add up. */
static void split(const struct strvec *texts, struct strvec *out)
{
    for (size_t i = 0; i < texts->len; i++) {
        const char *at = texts->items[i];

        while (*at) {
            size_t len = strcspn(at, ",");

            if (len)
                strvec_take(out, xstrndup(at, len));
            at += len + (at[len] != '\0');
        }
    }
}

static int check_name(const char *name, const struct strvec *known, struct error **err)
{
    struct suggestion s = {.word = name};
    cleanup_free char *hint = NULL;

    if (strvec_has(known, name))
        return 0;
    for (size_t i = 0; i < known->len; i++)
        suggestion_consider(&s, known->items[i]);
    hint = suggestion_text(&s, "");
    return error_set(err, ERROR_NOT_FOUND, "the kubeconfig has no context %s%s", name, hint);
}

static int check_names(const struct strvec *names, const struct strvec *known, struct error **err)
{
    for (size_t i = 0; i < names->len; i++)
        if (check_name(names->items[i], known, err) < 0)
            return -1;
    return 0;
}

static struct fleet_context *add(struct fleet_contexts *c, struct fleet *fleet, const char *name)
{
    struct fleet_context *x = xcalloc(1, sizeof(*x));

    x->cluster = fleet_add_cluster(fleet, name);
    ptrvec_push(&c->items, x);
    return x;
}

static void attach(struct fleet_contexts *c, struct fleet_context *x, struct kube_config *config)
{
    x->config = config;
    x->cluster->server = xstrdup(config->server);
    x->client = kube_client_new(&c->loop, config, 0);
    kube_client_set_patience(x->client, KUBE_PATIENCE);
}

/* Is there one of the same cluster entry? */
static bool is_known(const struct fleet_contexts *c, const struct kube_config *config)
{
    for (size_t i = 0; i < c->items.len; i++) {
        const struct fleet_context *x = c->items.items[i];

        if (x->config && streq(x->config->cluster, config->cluster) &&
            streq(x->config->server, config->server))
            return true;
    }
    return false;
}

static void add_named(struct fleet_contexts *c, struct fleet *fleet, const char *kubeconfig,
                      const char *name, bool skip_known)
{
    cleanup_kube_config struct kube_config *config = NULL;
    cleanup_error struct error *err = NULL;
    struct fleet_context *x;

    if (kube_config_load(kubeconfig, name, &config, &err) == 0 && skip_known && is_known(c, config))
        return;
    x = add(c, fleet, name);
    if (config)
        attach(c, x, TAKE(config));
    else
        x->cluster->error = TAKE(err);
}

/* Those of the file, in its order; for each cluster the current context goes before the others. */
static void add_all(struct fleet_contexts *c, struct fleet *fleet, const char *kubeconfig,
                    const struct strvec *names)
{
    cleanup_kube_config struct kube_config *current = NULL;
    cleanup_error struct error *ignored = NULL;

    if (kube_config_load(kubeconfig, NULL, &current, &ignored) < 0)
        current = NULL;
    for (size_t i = 0; i < names->len; i++) {
        cleanup_kube_config struct kube_config *config = NULL;
        cleanup_error struct error *err = NULL;
        const char *name = names->items[i];

        if (current && kube_config_load(kubeconfig, name, &config, &err) == 0 &&
            streq(config->cluster, current->cluster))
            name = current->context;
        add_named(c, fleet, kubeconfig, name, true);
    }
}

int fleet_contexts_open(struct fleet_contexts *c, const struct options *o, struct fleet *fleet,
                        struct error **err)
{
    const char *kubeconfig = options_text(o, "kubeconfig");
    cleanup_strvec struct strvec known = {0};
    cleanup_strvec struct strvec texts = {0};
    cleanup_strvec struct strvec names = {0};

    options_list(o, "contexts", &texts);
    split(&texts, &names);
    if (kube_config_contexts(kubeconfig, &known, err) < 0 || check_names(&names, &known, err) < 0)
        return -1;
    if (!known.len)
        return error_set(err, ERROR_NOT_FOUND,
                         "the kubeconfig has no contexts: name files in KUBECONFIG, joined by ':', "
                         "or one with --kubeconfig");
    *c = (struct fleet_contexts){0};
    uv_loop_init(&c->loop);
    progress_watch(&c->ticker, &c->loop);
    for (size_t i = 0; i < names.len; i++)
        add_named(c, fleet, kubeconfig, names.items[i], false);
    if (!names.len)
        add_all(c, fleet, kubeconfig, &known);
    return 0;
}

void fleet_contexts_close(struct fleet_contexts *c)
{
    for (size_t i = 0; i < c->items.len; i++) {
        struct fleet_context *x = c->items.items[i];

        kube_client_free(x->client);
        kube_config_free(x->config);
        free(x);
    }
    ptrvec_clear(&c->items);
    progress_erase();
    uv_close((uv_handle_t *)&c->ticker, NULL);
    uv_run(&c->loop, UV_RUN_DEFAULT);
    uv_loop_close(&c->loop);
}

/* ---- errors ---- */

/* All clusters are asked the same: "GET /apis/...: " says nothing. */
static const char *without_request(const char *message)
{
    const char *end = str_has_prefix(message, "GET /") ? strstr(message, ": ") : NULL;

    return end ? end + 2 : message;
}

int fleet_explain(const struct error *why, struct error **err)
{
    const char *message = without_request(error_message(why));

    if (cluster_is_foreign(why))
        return error_set(err, ERROR_INVALID, "what answers is no API server: %s", message);
    if (cluster_is_untrusted(why))
        return error_set(err, ERROR_DENIED, "its certificate is not trusted: %s", message);
    switch (error_code(why)) {
    case 401: return error_set(err, ERROR_DENIED, "the credentials are not accepted: %s", message);
    case 403: return error_set(err, ERROR_DENIED, "no right to list Applications: %s", message);
    case 404:
        return error_set(err, ERROR_NOT_FOUND,
                         "it has no kind Application: neither gitopsd nor Argo CD is installed");
    default: return error_set(err, error_kind(why), "%s", message);
    }
}
