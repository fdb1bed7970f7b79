/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/signin/exchange.h"

#include "daemon/signin/method.h"
#include "lib/base/time.h"
#include "lib/doc/yaml.h"
#include "lib/net/http.h"

#define TIMEOUT_MS 15000 /* of all requests; Argo CD's */
#define MAX_ANSWER_BYTES (4u << 20)
#define MAX_SHOWN_BYTES 300
#define CA_PLACE "add the CA that signed it to argocd-tls-certs-cm under the host's name"

static const struct signin_method *const methods[] = {
    [SIGNIN_GITHUB_APP] = &signin_github,
    [SIGNIN_GOOGLE] = &signin_google,
    [SIGNIN_AZURE_WORKLOAD] = &signin_azure_workload,
    [SIGNIN_AZURE_SECRET] = &signin_azure_principal,
};

/* prove -> find (each page, where the installation is not known) -> token -> done. Failed or
 * abandoned: straight to done. */
enum exchange_state { EXCHANGE_PROVE, EXCHANGE_FIND, EXCHANGE_TOKEN, EXCHANGE_DONE };

struct exchange {
    struct worker_job job;
    struct worker_pool *pool;
    enum exchange_state state;
    struct signin_spec *spec;
    const struct signin_method *method;
    char *owner;
    char *assertion;
    char *installation;
    unsigned page;        /* the last one that was asked for */
    uint64_t deadline_ms; /* monotonic, of all requests; 0: none was sent */
    struct http_client *http;
    struct http_request *request;
    struct signin_token token;
    struct error *err;
    signin_exchange_fn *done; /* NULL: abandoned */
    void *arg;
};

static void exchange_enter(struct exchange *x, enum exchange_state next);

void signin_token_clear(struct signin_token *token)
{
    git_secret_free(token->text);
    free(token->username);
    *token = (struct signin_token){0};
}

static void exchange_free(struct exchange *x)
{
    http_client_free(x->http);
    signin_spec_free(x->spec);
    free(x->owner);
    git_secret_free(x->assertion);
    free(x->installation);
    signin_token_clear(&x->token);
    error_free(x->err);
    free(x);
}

static enum exchange_state next_state(const struct exchange *x)
{
    if (x->err || !x->done)
        return EXCHANGE_DONE;
    switch (x->state) {
    case EXCHANGE_PROVE:
    case EXCHANGE_FIND:
        return x->method->ask_installation && !x->installation ? EXCHANGE_FIND : EXCHANGE_TOKEN;
    case EXCHANGE_TOKEN: return EXCHANGE_DONE;
    case EXCHANGE_DONE: break;
    }
    UNREACHABLE();
}

static struct signin_state state_of(const struct exchange *x)
{
    return (struct signin_state){
        .spec = x->spec,
        .owner = x->owner,
        .assertion = x->assertion,
        .installation = x->installation,
        .page = x->page,
    };
}

/* ---- proving who we are ---- */

static int prove_work(struct worker_job *job, struct error **err) /* worker thread */
{
    struct exchange *x = CONTAINER_OF(job, struct exchange, job);

    if (!x->method->assert_identity)
        return 0;
    return x->method->assert_identity(x->spec, &x->assertion, err);
}

static void on_proved(struct worker_job *job)
{
    struct exchange *x = CONTAINER_OF(job, struct exchange, job);

    x->err = error_copy(job->err);
    exchange_enter(x, next_state(x));
}

/* ---- answers ---- */

/* What a server says about its refusal, in one line; "" where it is nothing that may be shown.
 * Heap string. */
static char *shown_reason(const struct exchange *x, const json_t *answer)
{
    static const char *const fields[] = {"error_description", "message", "error"};
    cleanup_free char *proof = x->assertion ? xstrndup(x->assertion, 16) : NULL;
    const char *text = NULL;
    char *shown, *number;

    for (size_t i = 0; i < ARRAY_LEN(fields) && !text; i++)
        text = json_string_value(json_object_get(answer, fields[i]));
    if (!text || (proof && strstr(text, proof)) || strstr(text, x->spec->key))
        return xstrdup("");
    shown = xstrndup(text, MAX_SHOWN_BYTES);
    number = strstr(shown, "Trace ID:"); /* Azure's, another each time */
    if (number)
        *number = '\0';
    for (char *c = shown; *c; c++)
        if ((unsigned char)*c < ' ')
            *c = ' ';
    for (size_t len = strlen(shown); len && strchr(" .", shown[len - 1]);)
        shown[--len] = '\0';
    return shown;
}

static int refuse(const struct exchange *x, const struct http_response *response,
                  const json_t *answer, struct error **err)
{
    cleanup_free char *reason = shown_reason(x, answer);
    int status = response->status;
    bool is_later = status == 429 || status >= 500 || response->retry_after_ms > 0;
    const char *remedy = is_later        ? "it is asked again later"
                         : status == 404 ? x->method->if_missing
                                         : x->method->if_denied;

    if (status < 400)
        remedy = "it is not a token server, or has moved: check the URL";
    return error_set(err, is_later ? ERROR_UNAVAILABLE : ERROR_DENIED,
                     "the server answers with status %d%s%s (%s)", status, *reason ? ": " : "",
                     reason, remedy);
}

static int read_answer(struct exchange *x, const struct http_response *response, struct error **err)
{
    struct signin_state s = state_of(x);
    cleanup_json json_t *answer = json_loadb(response->body.data, response->body.len, 0, NULL);

    if (response->status < 200 || response->status > 299)
        return refuse(x, response, answer, err);
    if (!answer)
        return error_set(err, ERROR_UNAVAILABLE, "the answer is not JSON: is it a token server?");
    if (x->state == EXCHANGE_FIND)
        return x->method->read_installation(&s, answer, &x->installation, err);
    return x->method->read_token(&s, answer, &x->token, err);
}

static void on_answer(void *arg, const struct http_response *response, const struct error *failure)
{
    struct exchange *x = arg;

    x->request = NULL;
    if (failure) {
        x->err = error_copy(failure);
        if (error_kind(failure) == ERROR_DENIED)
            error_wrap(&x->err, "its certificate is not trusted (" CA_PLACE ")");
    } else {
        read_answer(x, response, &x->err);
    }
    exchange_enter(x, next_state(x));
}

static void call_clear(struct signin_call *call)
{
    for (size_t i = 0; i < call->headers.len; i++)
        explicit_bzero(call->headers.items[i], strlen(call->headers.items[i]));
    strvec_clear(&call->headers);
    explicit_bzero(call->body.data, call->body.len);
    buf_clear(&call->body);
    free(call->url);
}

static void ask(struct exchange *x,
                void (*write)(const struct signin_state *s, struct signin_call *call))
{
    struct signin_state s = state_of(x);
    struct signin_call call = {.body = BUF_UNLIMITED};
    struct http_request_spec spec = {.max_body_bytes = MAX_ANSWER_BYTES};
    uint64_t now = time_monotonic_ms();

    if (!x->deadline_ms)
        x->deadline_ms = now + TIMEOUT_MS;
    spec.timeout_ms = now < x->deadline_ms ? x->deadline_ms - now : 1;
    write(&s, &call);
    spec.method = call.method;
    spec.url = call.url;
    spec.headers = (const char *const *)call.headers.items;
    spec.body = call.body.len ? call.body.data : NULL;
    spec.body_len = call.body.len;
    x->request = http_start(x->http, &spec, NULL, on_answer, x);
    call_clear(&call);
}

/* ---- states ---- */

static void finish(struct exchange *x)
{
    cleanup_free char *shown = git_url_shown(x->spec->server);

    if (x->err)
        error_wrap(&x->err, "sign in as %s at %s", signin_kind_text(x->spec->kind), shown);
    if (x->done)
        x->done(x->arg, x->err ? NULL : &x->token, x->err);
    exchange_free(x);
}

/* The only place that changes the state. */
static void exchange_enter(struct exchange *x, enum exchange_state next)
{
    x->state = next;
    switch (next) {
    case EXCHANGE_PROVE: worker_run(x->pool, &x->job, prove_work, on_proved); break;
    case EXCHANGE_FIND:
        x->page++;
        ask(x, x->method->ask_installation);
        break;
    case EXCHANGE_TOKEN: ask(x, x->method->ask_token); break;
    case EXCHANGE_DONE: finish(x); break;
    }
}

struct exchange *exchange_start(uv_loop_t *loop, struct worker_pool *pool,
                                const struct signin_spec *spec, const char *owner,
                                const struct git_credentials *how, signin_exchange_fn *done,
                                void *arg)
{
    struct exchange *x = xcalloc(1, sizeof(*x));
    const struct http_options http = {
        .ca_pem = how ? how->tls_ca : NULL,
        .insecure_skip_tls_verify = how && how->insecure,
        .proxy_url = how ? how->proxy : NULL,
        .proxy_of_environment = !how || !how->proxy,
        .user_agent = "gitopsd/" GITOPSD_VERSION,
    };

    x->pool = pool;
    x->spec = signin_spec_copy(spec);
    x->method = methods[spec->kind];
    x->owner = xstrdup(owner);
    x->installation = xstrdup(spec->installation);
    x->http = http_client_new(loop, &http);
    x->done = done;
    x->arg = arg;
    exchange_enter(x, EXCHANGE_PROVE);
    return x;
}

void exchange_abandon(struct exchange *x)
{
    if (!x)
        return;
    x->done = NULL;
    if (x->state == EXCHANGE_PROVE)
        worker_job_cancel(&x->job);
    else
        http_cancel(x->request);
}
