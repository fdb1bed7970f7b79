/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/credential.h"

#include "lib/base/base64.h"
#include "lib/base/log.h"
#include "lib/base/time.h"
#include "lib/kube/config_read.h"
#include "lib/kube/exec.h"

#include <sys/stat.h>

#define FILE_CHECK_MS 1000
/* A credential that ends so soon is not used for a new request. */
#define EXPIRY_MARGIN_MS 10000

/* What tells two contents of a path apart without reading them. */
struct file_stamp {
    struct timespec mtime;
    off_t size;
    ino_t inode;
    dev_t device;
};

struct waiter {
    kube_credential_done_fn *done;
    void *arg;
    uint64_t run; /* the run that it waits for */
};

struct kube_credential {
    uv_loop_t *loop;
    const struct kube_config *config;
    struct exec_credential current; /* expires_ms also where it comes from files: 0 */
    char *ca_pem;
    char *authorization;
    uint64_t generation;
    bool is_expired; /* refused or never obtained */
    uint64_t checked_ms;
    struct file_stamp token_stamp, cert_stamp, key_stamp, ca_stamp;
    struct kube_exec_run *run; /* NULL: none */
    uint64_t run_number;
    struct ptrvec waiters;
    bool *freed; /* set by kube_credential_free while waiters are told; NULL: they are not */
};

static bool uses_exec(const struct kube_credential *c)
{
    const struct kube_config *config = c->config;

    return config->exec && !config->token && !config->token_file && !config->username;
}

static void set_secret(char **field, char *value) /* takes `value` */
{
    if (*field)
        explicit_bzero(*field, strlen(*field));
    free(*field);
    *field = value;
}

static void set_authorization(struct kube_credential *c)
{
    const struct kube_config *config = c->config;

    if (c->current.token) {
        set_secret(&c->authorization, xasprintf("Bearer %s", c->current.token));
    } else if (config->username) {
        char *pair = xasprintf("%s:%s", config->username, config->password ? config->password : "");
        char *encoded = base64_encode(pair, strlen(pair));

        set_secret(&c->authorization, xasprintf("Basic %s", encoded));
        set_secret(&pair, NULL);
        set_secret(&encoded, NULL);
    } else {
        set_secret(&c->authorization, NULL);
    }
}

struct kube_credential *kube_credential_new(uv_loop_t *loop, const struct kube_config *config)
{
    struct kube_credential *c = xcalloc(1, sizeof(*c));

    c->loop = loop;
    c->config = config;
    c->generation = 1;
    c->is_expired = config->token_file || uses_exec(c);
    c->current.token = config->token_file ? NULL : xstrdup(config->token);
    c->current.client_cert_pem = xstrdup(config->client_cert_pem);
    c->current.client_key_pem = xstrdup(config->client_key_pem);
    c->ca_pem = xstrdup(config->ca_pem);
    set_authorization(c);
    return c;
}

/* Has the file another content than at the last `true`? A file that cannot be seen has not. */
static bool file_has_changed(const char *path, const struct file_stamp *old, struct file_stamp *now)
{
    struct stat st;

    if (stat(path, &st) < 0)
        return false;
    memset(now, 0, sizeof(*now));
    now->mtime = st.st_mtim;
    now->size = st.st_size;
    now->inode = st.st_ino;
    now->device = st.st_dev;
    return now->mtime.tv_sec != old->mtime.tv_sec || now->mtime.tv_nsec != old->mtime.tv_nsec ||
           now->size != old->size || now->inode != old->inode || now->device != old->device;
}

/* A token that cannot be read keeps the former one in use, unless that one was refused. */
static int refresh_token(struct kube_credential *c, struct error **err)
{
    const char *path = c->config->token_file;
    struct file_stamp stamp = c->token_stamp;
    struct error *failure = NULL;
    char *token = NULL;

    if (!path || (!file_has_changed(path, &c->token_stamp, &stamp) && !c->is_expired))
        return 0;
    if (config_read_token(path, &token, &failure) < 0) {
        if (c->is_expired) {
            *err = failure;
            return error_wrap(err, "read token file");
        }
        log_debug("token file is kept: %s", error_message(failure));
        error_free(failure);
        return 0;
    }
    c->token_stamp = stamp;
    c->is_expired = false;
    set_secret(&c->current.token, token);
    set_authorization(c);
    return 0;
}

/* Take over new PEM text; a changed one means a new generation. Takes both. */
static void take_certificate(struct kube_credential *c, char *cert, char *key)
{
    if (!streq(cert, c->current.client_cert_pem) || !streq(key, c->current.client_key_pem))
        c->generation++;
    set_secret(&c->current.client_cert_pem, cert);
    set_secret(&c->current.client_key_pem, key);
}

/* Certificate and key are two files: a pair that is being replaced may not fit together for a
 * moment, but the next look finds the second one changed as well. */
static void refresh_certificate(struct kube_credential *c)
{
    const struct kube_config *config = c->config;
    struct file_stamp cert_stamp = c->cert_stamp, key_stamp = c->key_stamp;
    bool cert_changed, key_changed;
    cleanup_error struct error *failure = NULL;
    cleanup_free char *cert = NULL;
    cleanup_free char *key = NULL;

    if (!config->client_cert_file || !config->client_key_file)
        return;
    cert_changed = file_has_changed(config->client_cert_file, &c->cert_stamp, &cert_stamp);
    key_changed = file_has_changed(config->client_key_file, &c->key_stamp, &key_stamp);
    if (!cert_changed && !key_changed)
        return;
    if (config_read_pem(config->client_cert_file, &cert, &failure) < 0 ||
        config_read_pem(config->client_key_file, &key, &failure) < 0) {
        log_debug("client certificate is kept: %s", error_message(failure));
        return;
    }
    c->cert_stamp = cert_stamp;
    c->key_stamp = key_stamp;
    take_certificate(c, TAKE(cert), TAKE(key));
}

static void refresh_ca(struct kube_credential *c)
{
    struct file_stamp stamp;
    cleanup_error struct error *failure = NULL;
    char *pem = NULL;

    if (!c->config->ca_file || !file_has_changed(c->config->ca_file, &c->ca_stamp, &stamp))
        return;
    if (config_read_pem(c->config->ca_file, &pem, &failure) < 0) {
        log_debug("CA file is kept: %s", error_message(failure));
        return;
    }
    c->ca_stamp = stamp;
    if (!streq(pem, c->ca_pem))
        c->generation++;
    free(c->ca_pem);
    c->ca_pem = pem;
}

static int refresh_files(struct kube_credential *c, struct error **err)
{
    uint64_t now = time_monotonic_ms();

    if (!c->is_expired && c->checked_ms && now - c->checked_ms < FILE_CHECK_MS)
        return 0;
    c->checked_ms = now;
    refresh_certificate(c);
    refresh_ca(c);
    return refresh_token(c, err);
}

static void deliver(struct kube_credential *c, kube_credential_done_fn *done, void *arg,
                    const struct error *err)
{
    struct kube_auth auth = {
        .authorization = c->authorization,
        .client_cert_pem = c->current.client_cert_pem,
        .client_key_pem = c->current.client_key_pem,
        .ca_pem = c->ca_pem,
        .generation = c->generation,
    };

    done(arg, err ? NULL : &auth, err);
}

static bool is_at_hand(const struct kube_credential *c)
{
    return !c->is_expired && (c->current.expires_ms == 0 ||
                              time_wall_ms() + EXPIRY_MARGIN_MS < c->current.expires_ms);
}

/* `done` may ask again and so start the next run, whose waiters are not ours; it may also free us.
 */
static void deliver_to_waiters(struct kube_credential *c, uint64_t run, const struct error *err)
{
    bool freed = false;
    bool *outer = c->freed;

    c->freed = &freed;
    while (!freed && c->waiters.len > 0) {
        struct waiter *w = c->waiters.items[0];
        struct waiter first = *w;

        if (first.run > run)
            break;
        ptrvec_remove(&c->waiters, 0);
        free(w);
        deliver(c, first.done, first.arg, err);
    }
    if (!freed)
        c->freed = outer;
    else if (outer)
        *outer = true;
}

static void on_plugin_done(void *arg, struct exec_credential *credential, const struct error *err)
{
    struct kube_credential *c = arg;

    c->run = NULL;
    if (!err) {
        c->is_expired = false;
        c->current.expires_ms = credential->expires_ms;
        set_secret(&c->current.token, TAKE(credential->token));
        if (credential->client_cert_pem)
            take_certificate(c, TAKE(credential->client_cert_pem),
                             TAKE(credential->client_key_pem));
        else
            take_certificate(c, xstrdup(c->config->client_cert_pem),
                             xstrdup(c->config->client_key_pem));
        set_authorization(c);
    }
    deliver_to_waiters(c, c->run_number, err);
}

static void wait_for_plugin(struct kube_credential *c, kube_credential_done_fn *done, void *arg)
{
    cleanup_error struct error *err = NULL;
    struct waiter *w;

    if (!c->run) {
        c->run = kube_exec_start(c->loop, c->config, 0, on_plugin_done, c, &err);
        if (!c->run) {
            deliver(c, done, arg, err);
            return;
        }
        c->run_number++;
    }
    w = xcalloc(1, sizeof(*w));
    w->done = done;
    w->arg = arg;
    w->run = c->run_number;
    ptrvec_push(&c->waiters, w);
}

void kube_credential_get(struct kube_credential *c, kube_credential_done_fn *done, void *arg)
{
    cleanup_error struct error *err = NULL;

    if (refresh_files(c, &err) < 0)
        deliver(c, done, arg, err);
    else if (uses_exec(c) && !is_at_hand(c))
        wait_for_plugin(c, done, arg);
    else
        deliver(c, done, arg, NULL);
}

void kube_credential_cancel(struct kube_credential *c, void *arg)
{
    cleanup_error struct error *err = NULL;

    for (size_t i = 0; i < c->waiters.len; i++) {
        struct waiter *w = c->waiters.items[i];

        if (w->arg != arg)
            continue;
        ptrvec_remove(&c->waiters, i);
        error_set(&err, ERROR_CANCELED, "canceled while the exec plugin ran");
        deliver(c, w->done, w->arg, err);
        free(w);
        return;
    }
}

void kube_credential_expire(struct kube_credential *c)
{
    /* A run that began before the refusal may bring the same credential again; it is also what the
     * next get waits for, so that a burst of refusals starts one run and not many. */
    if (c->config->token_file || uses_exec(c))
        c->is_expired = true;
    c->checked_ms = 0;
}

void kube_credential_free(struct kube_credential *c)
{
    cleanup_error struct error *err = NULL;

    if (!c)
        return;
    if (c->run)
        kube_exec_cancel(TAKE(c->run));
    error_set(&err, ERROR_CANCELED, "canceled: the client ends");
    deliver_to_waiters(c, UINT64_MAX, err);
    ptrvec_clear(&c->waiters);
    exec_credential_clear(&c->current);
    set_secret(&c->authorization, NULL);
    free(c->ca_pem);
    if (c->freed)
        *c->freed = true;
    free(c);
}
