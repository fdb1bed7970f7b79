/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/signin/signin.h"

#include "daemon/signin/exchange.h"
#include "lib/base/hash.h"
#include "lib/base/log.h"
#include "lib/base/map.h"
#include "lib/base/time.h"
#include "lib/base/vec.h"

#include <ctype.h>

/* Another token is asked for in the last tenth of its life, which is at most this: what it was
 * given for has to come to its end, too. */
#define MAX_MARGIN_MS 300000
/* Many repositories that fail for one reason ask once. */
#define FAILURE_MS 2000

struct signin {
    uv_loop_t *loop;
    struct worker_pool *pool;
    struct map tokens;             /* what it is asked for with, hashed -> struct kept */
    struct git_credentials *given; /* by the last signin_add() */
};

struct waiter {
    signin_done_fn *done;
    void *arg;
    char *secret;
};

/* Times are monotonic. */
struct kept {
    struct exchange *exchange; /* NULL: none is under way */
    struct signin_token token; /* its text is NULL: there is none */
    uint64_t since_ms;         /* of the token */
    uint64_t renew_ms;         /* another one is asked for then ... */
    uint64_t end_ms;           /* ... and this one is no good any more */
    struct error *err;         /* of the last exchange; NULL: it went well */
    uint64_t retry_ms;         /* after it, none is begun before */
    struct ptrvec waiters;     /* struct waiter */
};

struct signin *signin_new(uv_loop_t *loop, struct worker_pool *pool)
{
    struct signin *s = xcalloc(1, sizeof(*s));

    s->loop = loop;
    s->pool = pool;
    return s;
}

static void call_back(signin_done_fn *done, void *arg, const char *secret, const struct error *err)
{
    cleanup_error struct error *named = error_copy(err);

    if (named)
        error_wrap(&named, "Secret %s", secret);
    done(arg, named);
}

static void tell(struct kept *k, const struct error *err)
{
    cleanup_ptrvec struct ptrvec waiters = k->waiters;

    k->waiters = (struct ptrvec){0}; /* whoever is told may come again */
    for (size_t i = 0; i < waiters.len; i++) {
        struct waiter *w = waiters.items[i];

        call_back(w->done, w->arg, w->secret, err);
        free(w->secret);
        free(w);
    }
}

static void kept_free(void *arg)
{
    struct kept *k = arg;

    signin_token_clear(&k->token);
    error_free(k->err);
    ptrvec_clear(&k->waiters);
    free(k);
}

void signin_free(struct signin *s)
{
    cleanup_error struct error *err = NULL;
    struct map_entry *e;
    size_t it = 0;

    if (!s)
        return;
    error_set(&err, ERROR_CANCELED, "the sign-in was given up");
    while ((e = map_next(&s->tokens, &it))) {
        struct kept *k = e->value;

        exchange_abandon(k->exchange);
        tell(k, err);
    }
    map_clear_with(&s->tokens, kept_free);
    git_credentials_free(s->given);
    free(s);
}

/* ---- which token ---- */

/* Of "https://host/OWNER/repository", in lower case; "" where there is none. Heap string. */
static char *owner_of(const char *url)
{
    const char *host = strstr(url, "://");
    const char *path = host ? strchr(host + 3, '/') : NULL;
    char *owner = path ? xstrndup(path + 1, strcspn(path + 1, "/?#")) : xstrdup("");

    for (char *c = owner; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return owner;
}

static void key_of(const struct signin_want *want, char key[SHA256_HEX_BYTES])
{
    const struct signin_spec *spec = want->spec;
    const struct git_credentials *how = want->how;
    bool by_owner = spec->kind == SIGNIN_GITHUB_APP && !spec->installation;
    cleanup_free char *owner = by_owner ? owner_of(want->url) : NULL;
    const char *const parts[] = {
        spec->server,
        spec->id,
        spec->installation,
        spec->tenant,
        spec->key,
        spec->key_id,
        how ? how->tls_ca : NULL,
        how ? how->proxy : NULL,
        owner,
        how && how->insecure ? "insecure" : NULL,
    };
    cleanup_buf struct buf text = BUF_UNLIMITED;

    buf_putc(&text, (char)('0' + spec->kind));
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        buf_put(&text, parts[i] ? parts[i] : "", parts[i] ? strlen(parts[i]) + 1 : 1);
    sha256_hex(text.data, text.len, key);
    explicit_bzero(text.data, text.len);
}

/* What ended and nobody asked for again. */
static void sweep(struct signin *s, uint64_t now)
{
    struct map_entry *e;
    size_t it = 0;

    while ((e = map_next(&s->tokens, &it))) {
        struct kept *k = e->value;

        if (k->exchange || now < k->end_ms || now < k->retry_ms)
            continue;
        map_remove(&s->tokens, e->key);
        kept_free(k);
    }
}

/* ---- asking ---- */

static void take_token(struct kept *k, struct signin_token *token)
{
    uint64_t margin = token->lifetime_ms / 10;

    signin_token_clear(&k->token);
    k->token = *token;
    *token = (struct signin_token){0};
    k->since_ms = time_monotonic_ms();
    k->end_ms = k->since_ms + k->token.lifetime_ms;
    k->renew_ms = k->end_ms - (margin < MAX_MARGIN_MS ? margin : MAX_MARGIN_MS);
}

static void on_exchanged(void *arg, struct signin_token *token, const struct error *err)
{
    struct kept *k = arg;

    k->exchange = NULL;
    error_free(k->err);
    k->err = error_copy(err);
    if (token)
        take_token(k, token);
    else
        k->retry_ms = time_monotonic_ms() + FAILURE_MS;
    tell(k, time_monotonic_ms() < k->end_ms ? NULL : err);
}

static void wait_for(struct kept *k, const char *secret, signin_done_fn *done, void *arg)
{
    struct waiter *w = xmalloc(sizeof(*w));

    *w = (struct waiter){.done = done, .arg = arg, .secret = xstrdup(secret)};
    ptrvec_push(&k->waiters, w);
}

void signin_prepare(struct signin *s, const struct signin_want *want, signin_done_fn *done,
                    void *arg)
{
    uint64_t now = time_monotonic_ms();
    char key[SHA256_HEX_BYTES];
    struct map_entry *e;
    struct kept *k;

    sweep(s, now);
    key_of(want, key);
    e = map_entry(&s->tokens, key);
    if (!e->value)
        e->value = xcalloc(1, sizeof(*k));
    k = e->value;
    if (now < k->renew_ms || (!k->exchange && now < k->retry_ms)) {
        call_back(done, arg, want->spec->secret, now < k->end_ms ? NULL : k->err);
        return;
    }
    wait_for(k, want->spec->secret, done, arg);
    if (!k->exchange) {
        cleanup_free char *owner = owner_of(want->url);

        log_debug("sign in with Secret %s at %s", want->spec->secret, want->spec->server);
        k->exchange =
            exchange_start(s->loop, s->pool, want->spec, owner, want->how, on_exchanged, k);
    }
}

const struct git_credentials *signin_add(struct signin *s, const struct signin_want *want,
                                         const struct git_credentials *credentials)
{
    char key[SHA256_HEX_BYTES];
    const struct kept *k;

    key_of(want, key);
    k = map_find(&s->tokens, key);
    if (!k || !k->token.text)
        return credentials;
    git_credentials_free(s->given);
    s->given = credentials ? git_credentials_copy(credentials) : xcalloc(1, sizeof(*s->given));
    if (k->token.username) {
        free(s->given->username);
        git_secret_free(s->given->password);
        s->given->username = xstrdup(k->token.username);
        s->given->password = xstrdup(k->token.text);
    } else {
        git_secret_free(s->given->bearer_token);
        s->given->bearer_token = xstrdup(k->token.text);
    }
    return s->given;
}

void signin_refused(struct signin *s, const struct signin_want *want, uint64_t given_ms)
{
    char key[SHA256_HEX_BYTES];
    struct kept *k;

    key_of(want, key);
    k = map_find(&s->tokens, key);
    if (!k || !k->token.text || k->since_ms > given_ms)
        return;
    signin_token_clear(&k->token);
    k->renew_ms = k->end_ms = 0;
}
