/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/cluster.h"

#include "cli/verbs/progress.h"
#include "lib/base/buf.h"
#include "lib/doc/yaml.h"
#include "lib/kube/resource.h"

#define TIMEOUT_MS 30000
#define PAGE "500"

int cluster_open_context(const struct options *o, const char *context, struct cluster **out,
                         struct error **err)
{
    cleanup_kube_config struct kube_config *config = NULL;
    const char *namespace = options_text(o, "namespace");
    uint64_t timeout_ms = options_duration_ms(o, "request-timeout", TIMEOUT_MS);
    struct cluster *c;

    if (kube_config_load(options_text(o, "kubeconfig"),
                         context ? context : options_text(o, "context"), &config, err) < 0)
        return -1;
    c = xcalloc(1, sizeof(*c));
    uv_loop_init(&c->loop);
    c->config = TAKE(config);
    c->client = kube_client_new(&c->loop, c->config, 0);
    kube_client_set_patience(c->client, KUBE_PATIENCE);
    c->timeout_ms = timeout_ms ? timeout_ms : TIMEOUT_MS;
    c->namespace = namespace && *namespace ? namespace : DEFAULT_NAMESPACE;
    progress_watch(&c->ticker, &c->loop);
    progress_say("asking the API server at %s", c->config->server);
    *out = c;
    return 0;
}

int cluster_open(const struct options *o, struct cluster **out, struct error **err)
{
    return cluster_open_context(o, NULL, out, err);
}

void cluster_close(struct cluster *c)
{
    if (!c)
        return;
    progress_erase();
    kube_discovery_unref(c->discovery);
    kube_client_free(c->client);
    uv_close((uv_handle_t *)&c->ticker, NULL);
    uv_run(&c->loop, UV_RUN_DEFAULT);
    uv_loop_close(&c->loop);
    kube_config_free(c->config);
    free(c);
}

/* ---- errors ---- */

bool cluster_is_foreign(const struct error *err)
{
    const char *message = error_message(err);

    /* An API server says that itself of what is not served. */
    return error_code(err) && error_code(err) < 500 && strstr(message, ": HTTP status ") &&
           !strstr(message, "page not found");
}

bool cluster_is_untrusted(const struct error *err)
{
    const char *message = error_message(err);

    return error_kind(err) == ERROR_DENIED && !error_code(err) &&
           (strstr(message, "certificate") || strstr(message, "SSL"));
}

static int explain_silence(const struct cluster *c, struct error **err)
{
    return error_wrap(err,
                      "no API server answers at %s (context %s); choose another cluster with "
                      "--context or --kubeconfig",
                      c->config->server, c->config->context);
}

int cluster_explain(const struct cluster *c, struct error **err)
{
    cleanup_error struct error *why = TAKE(*err);
    const char *message = error_message(why);
    int code = error_code(why);

    if (cluster_is_foreign(why))
        error_set(err, ERROR_INVALID,
                  "what answers at %s is no API server (see the cluster of context %s): %s",
                  c->config->server, c->config->context, message);
    else if (cluster_is_untrusted(why))
        error_set(
            err, ERROR_DENIED,
            "the API server at %s is not trusted (see certificate-authority and server in the "
            "cluster of context %s): %s",
            c->config->server, c->config->context, message);
    else if (code == 401)
        error_set(err, ERROR_DENIED,
                  "the API server at %s does not accept the credentials of context %s: %s",
                  c->config->server, c->config->context, message);
    else if (code == 403)
        error_set(err, ERROR_DENIED, "%s; this takes a right that you do not have (context %s)",
                  message, c->config->context);
    else if (error_kind(why) == ERROR_TIMEOUT && !code)
        error_set(err, ERROR_TIMEOUT,
                  "the API server at %s (context %s) did not answer within %llu ms; "
                  "--request-timeout gives it longer",
                  c->config->server, c->config->context, (unsigned long long)c->timeout_ms);
    else if (error_retry_after_ms(why) > 0 && error_kind(why) == ERROR_UNAVAILABLE)
        error_set(err, ERROR_UNAVAILABLE,
                  "the API server at %s (context %s) is busy and asks to come again in %llu s: %s",
                  c->config->server, c->config->context,
                  (unsigned long long)(error_retry_after_ms(why) / 1000), message);
    else
        *err = TAKE(why);
    if (error_kind(*err) == ERROR_UNAVAILABLE && !code)
        return explain_silence(c, err);
    if (*err && code)
        error_set_code(*err, code);
    return -1;
}

/* ---- requests ---- */

struct answer {
    json_t *object;
    struct error *err;
    bool is_done;
};

static void on_answer(void *arg, const json_t *object, const struct error *err)
{
    struct answer *a = arg;

    a->object = json_incref((json_t *)object);
    a->err = error_copy(err);
    a->is_done = true;
}

void cluster_wait(struct cluster *c, const bool *is_done)
{
    while (!*is_done)
        uv_run(&c->loop, UV_RUN_ONCE);
}

int cluster_call(struct cluster *c, const struct kube_call_spec *spec, json_t **out,
                 struct error **err)
{
    struct kube_call_spec timed = *spec;
    struct answer a = {0};

    if (!timed.timeout_ms)
        timed.timeout_ms = c->timeout_ms;
    kube_call_start(c->client, &timed, on_answer, &a);
    cluster_wait(c, &a.is_done);
    if (a.err) {
        *err = a.err;
        return cluster_explain(c, err);
    }
    *out = a.object ? a.object : json_null();
    return 0;
}

int cluster_get(struct cluster *c, const char *path, json_t **out, struct error **err)
{
    struct kube_call_spec spec = {.method = "GET", .path = path};

    return cluster_call(c, &spec, out, err);
}

int cluster_list(struct cluster *c, const char *path, const char *selector, const char *fields,
                 json_t **items, struct error **err)
{
    cleanup_json json_t *all = json_array();
    cleanup_free char *token = NULL;

    do {
        cleanup_buf struct buf url = BUF_UNLIMITED;
        cleanup_json json_t *page = NULL;
        const json_t *metadata;
        const char *next;

        buf_puts(&url, path);
        url_put_query(&url, "limit", PAGE);
        url_put_query(&url, "labelSelector", selector);
        url_put_query(&url, "fieldSelector", fields);
        url_put_query(&url, "continue", token);
        if (cluster_get(c, url.data, &page, err) < 0)
            return -1;
        json_array_extend(all, json_object_get(page, "items"));
        metadata = json_object_get(page, "metadata");
        next = json_string_value(json_object_get(metadata, "continue"));
        free(TAKE(token));
        token = next && *next ? xstrdup(next) : NULL;
    } while (token);
    *items = TAKE(all);
    return 0;
}

/* ---- discovery ---- */

struct discovered {
    struct kube_discovery *table;
    struct error *err;
    bool is_done;
};

static void on_discovered(void *arg, struct kube_discovery *d, const struct error *err)
{
    struct discovered *found = arg;

    found->table = d ? kube_discovery_ref(d) : NULL;
    found->err = error_copy(err);
    found->is_done = true;
}

int cluster_discover(struct cluster *c, struct kube_discovery **out, struct error **err)
{
    struct discovered found = {0};

    if (!c->discovery) {
        kube_discovery_start(c->client, on_discovered, &found);
        cluster_wait(c, &found.is_done);
        c->discovery = found.table;
    }
    if (found.err) {
        *err = found.err;
        return cluster_explain(c, err);
    }
    *out = c->discovery;
    return 0;
}
