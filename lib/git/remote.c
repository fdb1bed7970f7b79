/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/git/remote.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

/* A server's packs may not make us index without end. */
#define OBJECTS_MAX 20000000u
/* Where daemon/source/trust.c finds it. */
#define CA_PLACES "to argocd-tls-certs-cm under the host's name, or to the CAs of this machine"
#define HOST_KEY_PLACES "argocd-ssh-known-hosts-cm or known_hosts"
#define KNOWN_HOSTS_MAX_BYTES (4u << 20)

/* ---- errors ---- */

/* Replace each occurrence of `secret`. */
static void scrub(struct buf *text, const char *secret)
{
    const char *at;

    if (!secret || !*secret)
        return;
    while ((at = strstr(text->data, secret))) {
        struct buf clean = BUF_UNLIMITED;
        buf_put(&clean, text->data, (size_t)(at - text->data));
        buf_puts(&clean, "\xE2\x80\xA6");
        buf_puts(&clean, at + strlen(secret));
        buf_clear(text);
        *text = clean;
    }
}

static int status_in(const char *message)
{
    const char *at = strstr(message, "status code: ");

    return at ? atoi(at + strlen("status code: ")) : 0;
}

struct verdict {
    enum error_kind kind;
    const char *remedy;
};

static bool mentions(const char *message, const char *part)
{
    return strcasestr(message, part) != NULL;
}

/* The status of HTTP, or 0. Where a server offers no way to sign in that libgit2 has, not even the
 * status is told. */
static int code_of(int code, const char *message)
{
    return code == GIT_EAUTH && !mentions(message, "proxy") ? 401 : status_in(message);
}

const char *remote_shortage(const char *message)
{
    static const struct {
        int code;
        const char *remedy;
    } all[] = {
        {ENOSPC, "make room there, for bytes and for inodes: the clones lie in --state-dir"},
        {EDQUOT, "raise the quota: the clones lie in --state-dir"},
        {EROFS, "the clones lie in --state-dir, which has to be writable"},
        {EMFILE, "raise the limit of open files: LimitNOFILE= of systemd, ulimit -n"},
        {ENFILE, "the machine has no more open files: raise fs.file-max"},
        {ENOMEM, "give it more memory"},
    };

    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        if (mentions(message, strerror(all[i].code)))
            return all[i].remedy;
    return NULL;
}

/* libgit2 makes files of random names. One message for one cause: else it is news each time. */
static void hide_random_name(struct buf *text)
{
    static const char prefix[] = "pack_git2_";
    char *name = strstr(text->data, prefix);

    for (char *c = name ? name + strlen(prefix) : NULL; c && isxdigit((unsigned char)*c); c++)
        *c = 'x';
}

/* What a failure means and what a person can do. libgit2 tells many of them only in words. */
static struct verdict judge(int code, int klass, const char *m)
{
    const char *shortage = remote_shortage(m);
    int status = status_in(m);

    if (shortage)
        return (struct verdict){ERROR_UNAVAILABLE, shortage};
    if (code == GIT_EAUTH || status == 401 || status == 403 || mentions(m, "authentication") ||
        mentions(m, "no auth sock") || mentions(m, "publickey"))
        return (struct verdict){ERROR_DENIED,
                                "check the repository's credentials and their rights"};
    if (code == GIT_ECERTIFICATE || (klass == GIT_ERROR_SSL && mentions(m, "certificate")))
        return (struct verdict){ERROR_DENIED, "the server's certificate is not trusted; add the "
                                              "CA that signed it " CA_PLACES};
    if (mentions(m, "redirect"))
        return (struct verdict){ERROR_DENIED,
                                "redirects to other hosts are not followed: configure "
                                "the URL that it redirects to"};
    if (code == GIT_ENOTFOUND || status == 404 || status == 410 || mentions(m, "not found") ||
        mentions(m, "no such file") || mentions(m, "failed to resolve path"))
        return (struct verdict){ERROR_NOT_FOUND,
                                "check the repository URL; some servers also say this where the "
                                "credentials have no access"};
    if (mentions(m, "resolve address"))
        return (struct verdict){ERROR_UNAVAILABLE, "check the host name and DNS"};
    /* URLs are checked before; of a path that is no directory libgit2 says this. */
    if (mentions(m, "unsupported url protocol"))
        return (struct verdict){ERROR_NOT_FOUND, "there is no such directory"};
    if (klass == GIT_ERROR_SSH && mentions(m, "EOF"))
        return (struct verdict){ERROR_UNAVAILABLE,
                                "the server ended the session: check the repository path"};
    return (struct verdict){ERROR_UNAVAILABLE, NULL};
}

int remote_fail(struct remote_call *call, int code, struct error **err)
{
    const git_error *last = git_error_last();
    cleanup_buf struct buf text = BUF_UNLIMITED;
    struct verdict v;

    if (call->err) {
        *err = TAKE(call->err);
        return error_wrap(err, "%s %s", call->step, call->shown);
    }
    v = judge(code, last ? last->klass : 0, git_library_message());
    buf_puts(&text, git_library_message());
    hide_random_name(&text);
    scrub(&text, call->userinfo);
    if (call->userinfo && strchr(call->userinfo, ':'))
        scrub(&text, strchr(call->userinfo, ':') + 1);
    scrub(&text, call->creds->password);
    scrub(&text, call->creds->bearer_token);
    for (size_t i = 0; i < text.len; i++) /* from the server */
        text.data[i] = (char)((unsigned char)text.data[i] < ' ' ? ' ' : text.data[i]);
    error_set(err, v.kind, "%s %s: %.500s%s%s%s", call->step, call->shown, text.data,
              v.remedy ? " (" : "", v.remedy ? v.remedy : "", v.remedy ? ")" : "");
    error_set_code(*err, code_of(code, git_library_message()));
    return -1;
}

/* ---- callbacks ---- */

static int refused(struct remote_call *call, const char *user)
{
    const struct git_credentials *c = call->creds;
    cleanup_free char *owner = c->password || c->ssh_private_key ? xasprintf(" of user %s", user)
                                                                 : xstrdup(" (a bearer token)");

    error_set(&call->err, ERROR_DENIED,
              "authentication failed: the server refused the configured credentials%s%s%s; check "
              "that they are current and may read the repository",
              owner, c->secret ? " from Secret " : "", c->secret ? c->secret : "");
    error_set_code(call->err, 401);
    return -1;
}

static int give_credentials(git_credential **out, const char *url, const char *user_of_url,
                            unsigned allowed, void *payload)
{
    struct remote_call *call = payload;
    const struct git_credentials *c = call->creds;
    const char *user = c->username && *c->username   ? c->username
                       : user_of_url && *user_of_url ? user_of_url
                                                     : "git";
    bool sent_token = c->bearer_token && !c->password && str_has_prefix(url, "http");

    if (allowed == GIT_CREDENTIAL_USERNAME)
        return git_credential_username_new(out, user);
    if (call->asked++ > 0 || sent_token)
        return refused(call, user);
    if ((allowed & GIT_CREDENTIAL_SSH_MEMORY) && c->ssh_private_key)
        return git_credential_ssh_key_memory_new(out, user, NULL, c->ssh_private_key, c->password);
    if ((allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT) && c->password)
        return git_credential_userpass_plaintext_new(out, user, c->password);
    error_set(&call->err, ERROR_DENIED,
              "authentication required: the server asks for %s and none is configured for "
              "this repository%s%s",
              allowed & (GIT_CREDENTIAL_SSH_KEY | GIT_CREDENTIAL_SSH_MEMORY)
                  ? "an SSH key"
                  : "a user name and password",
              c->unusable ? "; " : "", c->unusable ? c->unusable : "");
    error_set_code(call->err, 401);
    return -1;
}

/* What does not fit is left out. */
static void add_known_hosts(struct buf *text, const char *data, size_t len)
{
    cleanup_error struct error *ignored = NULL;

    buf_append(text, data, len, &ignored);
}

/* What came with the call, the user's and the machine's. */
static char *all_known_hosts(const struct remote_call *call)
{
    struct buf text = BUF_INIT(KNOWN_HOSTS_MAX_BYTES);
    const char *given = call->creds->ssh_known_hosts;
    const char *home = getenv("HOME");
    cleanup_free char *own = xasprintf("%s/.ssh/known_hosts", home ? home : "");
    const char *const paths[] = {own, "/etc/ssh/ssh_known_hosts"};

    if (given)
        add_known_hosts(&text, given, strlen(given));
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        FILE *f = fopen(paths[i], "re");
        char chunk[4096];
        size_t n;

        add_known_hosts(&text, "\n", 1);
        while (f && (n = fread(chunk, 1, sizeof(chunk), f)) > 0)
            add_known_hosts(&text, chunk, n);
        if (f)
            fclose(f);
    }
    return buf_take(&text);
}

static int check_host_key(struct remote_call *call, const git_cert_hostkey *key, const char *host)
{
    unsigned port = git_url_ssh_port(call->url);
    cleanup_free char *text = all_known_hosts(call);

    if (!(key->type & GIT_CERT_SSH_RAW))
        return error_set(&call->err, ERROR_DENIED, "the host key of %s cannot be checked", host);
    switch (known_hosts_check(text, host, port, key->hostkey, key->hostkey_len)) {
    case HOST_KNOWN: return 0;
    case HOST_CHANGED:
        return error_set(&call->err, ERROR_DENIED,
                         "host key verification failed: %s shows another key than those in "
                         "known_hosts; if that is expected, replace them by the output of "
                         "`ssh-keyscan -p %u %s` "
                         "in " HOST_KEY_PLACES ", after checking it",
                         host, port, host);
    case HOST_REVOKED:
        return error_set(&call->err, ERROR_DENIED,
                         "host key verification failed: the key of %s is revoked in known_hosts",
                         host);
    case HOST_UNKNOWN: break;
    }
    return error_set(&call->err, ERROR_DENIED,
                     "host key verification failed: %s is not in known_hosts; add the output of "
                     "`ssh-keyscan -p %u %s` to " HOST_KEY_PLACES ", after checking it",
                     host, port, host);
}

static int check_certificate(git_cert *cert, int valid, const char *host, void *payload)
{
    struct remote_call *call = payload;

    if (call->creds->insecure)
        return 0;
    if (cert->cert_type == GIT_CERT_HOSTKEY_LIBSSH2)
        return check_host_key(call, (const git_cert_hostkey *)cert, host);
    if (valid)
        return 0;
    return error_set(
        &call->err, ERROR_DENIED,
        "the TLS certificate of %s is not trusted; add the CA that signed it " CA_PLACES, host);
}

static int watch_transfer(const git_indexer_progress *p, void *payload)
{
    struct remote_call *call = payload;

    call->received_now = p->received_bytes;
    if (call->max_bytes && call->received + p->received_bytes > call->max_bytes)
        return error_set(&call->err, ERROR_TOO_LARGE,
                         "the repository sends more than the limit of %llu bytes",
                         (unsigned long long)call->max_bytes);
    if (p->total_objects > OBJECTS_MAX)
        return error_set(&call->err, ERROR_TOO_LARGE,
                         "the repository sends %u objects, at most %u are taken", p->total_objects,
                         OBJECTS_MAX);
    return 0;
}

void remote_callbacks(struct remote_call *call, git_remote_callbacks *out)
{
    out->payload = call;
    out->credentials = give_credentials;
    out->certificate_check = check_certificate;
    out->transfer_progress = watch_transfer;
}

/* ---- options ---- */

void remote_options_init(struct remote_options *o, const struct remote_call *call)
{
    const struct git_credentials *c = call->creds;

    memset(o, 0, sizeof(*o));
    git_proxy_options_init(&o->proxy, GIT_PROXY_OPTIONS_VERSION);
    o->proxy.type = c->proxy ? GIT_PROXY_SPECIFIED : GIT_PROXY_AUTO;
    o->proxy.url = c->proxy;
    if (c->bearer_token && str_has_prefix(call->url, "http")) {
        o->header = xasprintf("Authorization: Bearer %s", c->bearer_token);
        o->headers.strings = &o->header;
        o->headers.count = 1;
    }
}

void remote_options_clear(struct remote_options *o)
{
    git_secret_free(TAKE(o->header));
}

int remote_use_tls(const struct git_credentials *c, struct error **err)
{
    char path[64];
    int fd, code;

    if (c->tls_client_cert || c->tls_client_key)
        return error_set(err, ERROR_UNSUPPORTED,
                         "TLS client certificates are not supported by libgit2: use a token or an "
                         "SSH key");
    if (!c->tls_ca)
        return 0;
    /* libgit2 takes a file's name; this one never lies on a disk. */
    fd = memfd_create("ca", MFD_CLOEXEC);
    if (fd < 0 || write(fd, c->tls_ca, strlen(c->tls_ca)) != (ssize_t)strlen(c->tls_ca)) {
        close(fd);
        return error_set(err, ERROR_INTERNAL, "cannot hand the CA to libgit2");
    }
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    code = git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, path, NULL);
    close(fd);
    if (code < 0)
        return error_set(err, ERROR_INVALID, "the configured CA is not a PEM certificate: %s",
                         git_library_message());
    return 0;
}

/* ---- listing ---- */

static json_t *heads_to_json(const git_remote_head **heads, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++) {
        char oid[GIT_OID_HEX_BYTES];
        const char *name = heads[i]->name;
        size_t len = strlen(name);
        git_oid_tostr(oid, sizeof(oid), &heads[i]->oid);
        /* "refs/tags/v1^{}" follows "refs/tags/v1": what the annotated tag points at. */
        if (len > 3 && strcmp(name + len - 3, "^{}") == 0) {
            json_t *last = json_array_get(list, json_array_size(list) - 1);
            const char *of = json_string_value(json_array_get(last, 0));
            if (of && strlen(of) == len - 3 && memcmp(of, name, len - 3) == 0) {
                json_array_set(last, 3, json_array_get(last, 1));
                json_array_set_new(last, 1, json_string(oid));
            }
            continue;
        }
        json_t *item = json_pack("[s, s, s?, n]", name, oid, heads[i]->symref_target);
        if (item) /* a name that is not UTF-8 cannot be written in a targetRevision */
            json_array_append_new(list, item);
    }
    return list;
}

int remote_list(struct remote_call *call, json_t **out, struct error **err)
{
    git_remote *remote = NULL;
    git_remote_connect_options options;
    struct remote_options own;
    const git_remote_head **heads = NULL;
    size_t count = 0;
    int code;

    git_remote_connect_options_init(&options, GIT_REMOTE_CONNECT_OPTIONS_VERSION);
    remote_options_init(&own, call);
    remote_callbacks(call, &options.callbacks);
    options.proxy_opts = own.proxy;
    options.custom_headers = own.headers;
    options.follow_redirects = GIT_REMOTE_REDIRECT_NONE; /* on the same host they are followed */
    remote_step(call, "connect to");
    code = git_remote_create_detached(&remote, call->url);
    if (code == 0)
        code = git_remote_connect_ext(remote, GIT_DIRECTION_FETCH, &options);
    if (code == 0) {
        remote_step(call, "list the references of");
        code = git_remote_ls(&heads, &count, remote);
    }
    if (code == 0)
        *out = heads_to_json(heads, count);
    int result = code < 0 ? remote_fail(call, code, err) : 0;
    git_remote_free(remote);
    remote_options_clear(&own);
    return result;
}
