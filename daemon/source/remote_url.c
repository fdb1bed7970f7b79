/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/source/remote_url.h"

#include "lib/base/glob.h"

#include <ctype.h>
#include <strings.h>

/* Behind "https://", or NULL where the address has no scheme of the network. */
static const char *behind_scheme(const char *url)
{
    static const char *const schemes[] = {"https://", "http://", "ssh://"};

    for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
        if (str_has_prefix(url, schemes[i]))
            return url + strlen(schemes[i]);
    return NULL;
}

/* "." or ".." between slashes, plain or encoded: servers resolve them. */
static bool has_dots(const char *path, size_t len)
{
    for (const char *p = memchr(path, '/', len); p; p = memchr(p, '/', len - (size_t)(p - path))) {
        size_t dots = strspn(++p, ".");

        if ((dots == 1 || dots == 2) && (p + dots == path + len || p[dots] == '/'))
            return true;
    }
    return false;
}

/* Something by which the host or the directory would be another one than the pattern sees. */
static bool is_ambiguous(const char *address)
{
    size_t len = strcspn(address, "?#");
    size_t authority = strcspn(address, "/");

    for (const char *p = address; *p; p++)
        if (iscntrl((unsigned char)*p) || *p == ' ' || *p == '\\')
            return true;
    for (const char *p = address; p < address + len; p++)
        if (strncasecmp(p, "%2e", 3) == 0 || strncasecmp(p, "%2f", 3) == 0)
            return true;
    return strcspn(address, "?#%") < authority || has_dots(address, len);
}

/* Over HTTP a name alone is a token mostly (https://ghp_...@github.com): all but "git". */
static bool holds_password(const char *authority, bool is_http)
{
    size_t len = strcspn(authority, "/");
    const char *at = memrchr(authority, '@', len);

    return at && (memchr(authority, ':', (size_t)(at - authority)) ||
                  (is_http && !str_has_prefix(authority, "git@")));
}

int remote_url_check(const struct strvec *patterns, const char *url, struct error **err)
{
    const char *authority = behind_scheme(url);
    const char *colon = strchr(url, ':');

    if (!authority && (strncasecmp(url, "http", 4) == 0 || strstr(url, "://") || !colon ||
                       memchr(url, '/', (size_t)(colon - url))))
        return error_set(err, ERROR_DENIED,
                         "%s: only https://, http://, ssh:// and user@host:path are read from "
                         "elsewhere",
                         url);
    if (authority && holds_password(authority, str_has_prefix(url, "http")))
        return error_set(
            err, ERROR_DENIED,
            "a remote address holds a password or a token: put it into a Secret with the label "
            "argocd.argoproj.io/secret-type");
    if (is_ambiguous(authority ? authority : url))
        return error_set(err, ERROR_DENIED, "%s: not a plain address", url);
    for (size_t i = 0; i < patterns->len; i++)
        if (glob_match(patterns->items[i], url, '/'))
            return 0;
    return error_set(err, ERROR_DENIED,
                     "%s is not in the application's repository, and gitopsd was not allowed to "
                     "read it; allow it with --allow-remote",
                     url);
}
