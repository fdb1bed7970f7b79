/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/sandbox.h"

#include "tests/sandbox/api.h"
#include "tests/sandbox/controllers.h"
#include "tests/sandbox/namespaces.h"
#include "tests/sandbox/relations.h"
#include "tests/sandbox/watch.h"

#include <errno.h>

static void on_change(void *arg, const struct change *change)
{
    struct sandbox *s = arg;

    watch_hub_wake(s->watches);
    if (s->controllers) {
        relations_note(s->relations, change);
        controllers_notice(s->controllers, change);
    }
}

int sandbox_start(uv_loop_t *loop, const struct sandbox_options *options, struct sandbox **out,
                  struct error **err)
{
    struct sandbox *s = xcalloc(1, sizeof(*s));
    struct sandbox_http_options http = {.listen = options->listen,
                                        .certificate = options->certificate,
                                        .key = options->key,
                                        .handler = api_handle,
                                        .delay_ms = faults_delay_ms,
                                        .arg = s};

    s->loop = loop;
    if (options->audit && !(s->audit = fopen(options->audit, "ae"))) {
        free(s);
        return error_set(err, ERROR_INVALID, "audit log %s: %s", options->audit, strerror(errno));
    }
    if (sandbox_http_start(loop, &http, &s->http, err) < 0) {
        sandbox_free(s);
        return -1;
    }
    s->is_secure = options->key != NULL;
    s->token = xstrdup(options->token);
    s->store = store_new(on_change, s);
    kinds_init(&s->kinds, s->store);
    s->watches = watch_hub_new(s);
    s->relations = relations_new();
    if (!options->no_controllers)
        s->controllers = controllers_new(s);
    namespaces_start(s);
    *out = s;
    return 0;
}

void sandbox_close(struct sandbox *s)
{
    sandbox_http_close(TAKE(s->http)); /* ends the watches */
    watch_hub_close(TAKE(s->watches));
    if (s->controllers)
        controllers_close(TAKE(s->controllers));
}

void sandbox_free(struct sandbox *s)
{
    if (!s)
        return;
    relations_free(s->relations);
    store_free(s->store);
    kinds_clear(&s->kinds);
    faults_clear(&s->faults);
    if (s->audit)
        fclose(s->audit);
    free(s->token);
    free(s);
}

char *sandbox_url(const struct sandbox *s)
{
    return xasprintf("%s://127.0.0.1:%u", s->is_secure ? "https" : "http",
                     sandbox_http_port(s->http));
}
