/* SPDX-License-Identifier: Apache-2.0 */
#include "kustomize/remote.h"

#include "lib/base/buf.h"
#include "lib/base/time.h"
#include "lib/tree/tree.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <strings.h>

#define SCHEME_FILE "file://"
#define SCHEME_SSH "ssh://"

void remote_repository_clear(struct remote_repository *r)
{
    free(TAKE(r->raw));
    free(TAKE(r->url));
    free(TAKE(r->path));
    free(TAKE(r->ref));
}

/* ---- the query ---- */

/* Decode one key or value; false where an escape is none. */
static bool unescape(const char *s, size_t len, struct buf *out)
{
    for (size_t i = 0; i < len; i++) {
        if (s[i] != '%') {
            buf_putc(out, s[i] == '+' ? ' ' : s[i]);
            continue;
        }
        if (i + 2 >= len || !isxdigit((unsigned char)s[i + 1]) ||
            !isxdigit((unsigned char)s[i + 2]))
            return false;
        buf_putc(out, (char)strtol((const char[]){s[i + 1], s[i + 2], '\0'}, NULL, 16));
        i += 2;
    }
    return true;
}

/* The first value of a key into `out`, empty where there is none. False: the query as a whole is
 * malformed, and then means nothing. */
static bool query_get(const char *query, const char *key, struct buf *out)
{
    bool found = false;

    for (const char *p = query; *p;) {
        size_t len = strcspn(p, "&");
        const char *equals = memchr(p, '=', len);
        size_t key_len = equals ? (size_t)(equals - p) : len;
        cleanup_buf struct buf name = BUF_UNLIMITED;
        cleanup_buf struct buf value = BUF_UNLIMITED;

        if (memchr(p, ';', len) || !unescape(p, key_len, &name) ||
            (equals && !unescape(equals + 1, len - key_len - 1, &value)))
            return false;
        if (!found && len > 0 && streq(name.data, key)) {
            buf_put(out, value.data, value.len);
            found = true;
        }
        p += len;
        p += *p == '&';
    }
    return true;
}

static unsigned clamp_seconds(uint64_t seconds)
{
    return seconds < UINT_MAX ? (unsigned)seconds : UINT_MAX;
}

static void parse_timeout(const char *text, unsigned *out)
{
    struct error *ignored = NULL;
    char *end;
    long seconds;
    uint64_t ms;

    errno = 0;
    seconds = strtol(text, &end, 10);
    if (*text && !isspace((unsigned char)*text) && *end == '\0' && errno == 0) {
        if (seconds > 0)
            *out = clamp_seconds((uint64_t)seconds);
    } else if (duration_parse(text, &ms, &ignored) == 0) {
        if (ms > 0)
            *out = clamp_seconds(ms / 1000 + (ms % 1000 > 0));
    } else {
        error_free(ignored);
    }
}

static void parse_submodules(const char *text, bool *out)
{
    static const char *const yes[] = {"1", "t", "T", "true", "TRUE", "True"};
    static const char *const no[] = {"0", "f", "F", "false", "FALSE", "False"};

    for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
        if (streq(text, yes[i]))
            *out = true;
        if (streq(text, no[i]))
            *out = false;
    }
}

/* A malformed query means nothing; a value that is not understood is passed over. */
static void parse_query(const char *query, struct remote_repository *r)
{
    cleanup_buf struct buf ref = BUF_UNLIMITED;
    cleanup_buf struct buf timeout = BUF_UNLIMITED;
    cleanup_buf struct buf submodules = BUF_UNLIMITED;

    r->submodules = true;
    r->timeout_s = REMOTE_TIMEOUT_S;
    if (!query_get(query, "ref", &ref) || (ref.len == 0 && !query_get(query, "version", &ref)) ||
        !query_get(query, "timeout", &timeout) || !query_get(query, "submodules", &submodules)) {
        r->ref = xstrdup("");
        return;
    }
    r->ref = buf_take(&ref);
    parse_timeout(timeout.data, &r->timeout_s);
    parse_submodules(submodules.data, &r->submodules);
}

/* ---- the host ---- */

static bool skip_prefix(const char **s, const char *prefix)
{
    if (strncasecmp(*s, prefix, strlen(prefix)) != 0)
        return false;
    *s += strlen(prefix);
    return true;
}

static const char *take_scheme(const char **s)
{
    static const char *const schemes[] = {SCHEME_SSH, "https://", "http://", SCHEME_FILE};

    for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
        if (skip_prefix(s, schemes[i]))
            return schemes[i];
    return "";
}

/* "USER@", or "" where there is none. */
static char *take_user(const char **s)
{
    const char *start = *s;
    size_t len = 0;

    if (isalpha((unsigned char)start[0]))
        while (isalnum((unsigned char)start[len]) || start[len] == '-')
            len++;
    if (len == 0 || start[len] != '@')
        return xstrdup("");
    *s += len + 1;
    return xstrndup(start, len + 1);
}

/* Where the host ends: after its separator, a colon only as in USER@HOST:PATH. */
static size_t host_len(const char *s, bool colon_separates)
{
    const char *slash = strchr(s, '/');
    const char *colon = colon_separates ? strchr(s, ':') : NULL;

    if (colon && (!slash || (colon > s && colon < slash)))
        slash = colon;
    return slash ? (size_t)(slash - s) + 1 : strlen(s);
}

/* Move the host and what stands before it from *s into `url`. */
static int take_host(const char **s, bool *is_file, struct buf *url, struct error **err)
{
    cleanup_free char *user = NULL;
    const char *scheme;
    const char *before_user;
    bool is_github;
    size_t len;

    skip_prefix(s, "git::");
    scheme = take_scheme(s);
    before_user = *s;
    user = take_user(s);
    is_github = strncasecmp(*s, "github.com/", 11) == 0 || strncasecmp(*s, "github.com:", 11) == 0;
    *is_file = streq(scheme, SCHEME_FILE);
    if (*scheme == '\0' && *user == '\0' && !is_github)
        return error_set(err, ERROR_INVALID, "it has no scheme");
    if (*is_file) {
        *s = before_user;
        buf_puts(url, scheme);
        return 0;
    }
    len = host_len(*s, *scheme == '\0');
    if (is_github)
        buf_printf(url, "%s%s", streq(scheme, SCHEME_SSH) || *user ? user : "https://",
                   streq(scheme, SCHEME_SSH) || *user ? "github.com:" : "github.com/");
    else if (len == 0)
        return error_set(err, ERROR_INVALID, "it has no host");
    else
        buf_printf(url, "%s%s%.*s", scheme, user, (int)len, *s);
    *s += len;
    return 0;
}

/* ---- repository and path ---- */

/* Where a mark in the text says that the repository ends; the path begins at *rest. NULL: none. */
static const char *marked_end(const char *s, const char **rest)
{
    const char *p;

    if ((p = strstr(s, "_git/"))) {
        p += strlen("_git/");
        p += strcspn(p, "/");
        *rest = p + (*p == '/');
    } else if ((p = strstr(s, "//"))) {
        *rest = p + 2;
    } else if ((p = strstr(s, ".git"))) {
        p += strlen(".git");
        *rest = p;
    }
    return p;
}

/* ... and where there is no mark: after the organisation and the name. */
static const char *usual_end(const char *s, bool is_file, const char **rest)
{
    const char *slash = strchr(s, '/');

    *rest = s + strlen(s);
    if (is_file)
        return *rest;
    if (!slash)
        return NULL;
    slash += 1 + strcspn(slash + 1, "/");
    *rest = slash + (*slash == '/');
    return slash;
}

static int split_path(const char *s, bool is_file, struct buf *url, char **path, struct error **err)
{
    const char *rest;
    const char *end = marked_end(s, &rest);

    if (!end)
        end = usual_end(s, is_file, &rest);
    if (!end || end == s)
        return error_set(err, ERROR_INVALID, "it names no repository");
    if (path_join("", rest + (*rest == '/'), path, err) < 0)
        return -1;
    buf_put(url, s, (size_t)(end - s));
    return 0;
}

int remote_repository_parse(const char *text, struct remote_repository *out, struct error **err)
{
    cleanup_remote_repository struct remote_repository r = {0};
    cleanup_buf struct buf url = BUF_UNLIMITED;
    cleanup_free char *address = xstrndup(text, strcspn(text, "?"));
    const char *query = text + strlen(address);
    const char *s = address;
    struct error *why = NULL;
    bool is_file;

    if (*text == '/')
        return error_set(err, ERROR_INVALID, "\"%s\" is no repository: it is a path", text);
    if (take_host(&s, &is_file, &url, &why) < 0 ||
        split_path(s, is_file, &url, &r.path, &why) < 0) {
        error_set(err, ERROR_INVALID, "\"%s\" is no repository: %s", text, error_message(why));
        error_free(why);
        return -1;
    }
    parse_query(query + (*query == '?'), &r);
    r.raw = xstrdup(text);
    r.url = buf_take(&url);
    *out = r;
    r = (struct remote_repository){0};
    return 0;
}

/* ---- files ---- */

/* An authority is [USER[:PASSWORD]@]HOST[:PORT]. */
static bool authority_is_valid(const char *s, size_t len)
{
    const char *at = memrchr(s, '@', len);
    const char *host = at ? at + 1 : s;
    size_t host_bytes = len - (size_t)(host - s);
    const char *colon = memchr(host, ':', host_bytes);

    for (const char *p = s; p < s + len; p++)
        if (strchr(" \\^`{|}#?/", *p) || (p >= host && *p == '%') ||
            (p < host && strchr("<>\"[]", *p)))
            return false;
    if (colon && *host != '[')
        for (const char *p = colon + 1; p < host + host_bytes; p++)
            if (!isdigit((unsigned char)*p))
                return false;
    return *host != '[' || memchr(host, ']', host_bytes);
}

bool remote_is_file_url(const char *path)
{
    cleanup_buf struct buf decoded = BUF_UNLIMITED;
    const char *s = path;

    if (!skip_prefix(&s, "http:") && !skip_prefix(&s, "https:"))
        return false;
    for (const char *p = path; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            return false;
    if (str_has_prefix(s, "//")) {
        size_t len = strcspn(s + 2, "/?#");

        if (!authority_is_valid(s + 2, len))
            return false;
        s += 2 + len;
    }
    return unescape(s, strcspn(s, "?#"), &decoded) &&
           unescape(strchrnul(s, '#'), strlen(strchrnul(s, '#')), &decoded);
}
