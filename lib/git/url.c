/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/git/remote.h"

#include <ctype.h>
#include <strings.h>

/* Behind "scheme://", or NULL. */
static const char *behind_scheme(const char *url)
{
    const char *p = strstr(url, "://");

    return p && strcspn(url, "/@") > (size_t)(p - url) ? p + 3 : NULL;
}

/* [user@]host:path, with no '/' in front of the ':'. */
static bool is_scp(const char *url)
{
    size_t len = strcspn(url, ":/");

    return !behind_scheme(url) && len > 0 && url[len] == ':' && url[0] != '-' &&
           url[len - 1] != '@' && url[len + 1];
}

/* "https:/host" or "https:host", which would be a path on the host "https": a typing error. Behind
 * the slashes; NULL for all others. */
static const char *behind_typing_error(const char *url)
{
    static const char *const schemes[] = {"https:", "http:", "ssh:"};

    for (size_t i = 0; i < ARRAY_LEN(schemes); i++)
        if (strncasecmp(url, schemes[i], strlen(schemes[i])) == 0 && !behind_scheme(url))
            return url + strlen(schemes[i]) + strspn(url + strlen(schemes[i]), "/");
    return NULL;
}

int git_url_check(const char *url, struct error **err)
{
    static const char *const schemes[] = {"https://", "http://", "ssh://", "file:///"};
    cleanup_free char *shown = git_url_shown(url);
    const char *rest = behind_scheme(url);

    for (const char *p = url; *p; p++) {
        if (iscntrl((unsigned char)*p) || *p == ' ')
            return error_set(err, ERROR_INVALID,
                             "the repository URL contains a blank or a control character");
    }
    if (url[0] == '/' || (is_scp(url) && !behind_typing_error(url)))
        return 0;
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        if (str_has_prefix(url, schemes[i]) && rest && *rest && *rest != '-')
            return 0;
    }
    return error_set(err, ERROR_UNSUPPORTED,
                     "repository URL \"%s\": only https://, http://, ssh://, user@host:path, "
                     "file:/// and absolute paths are supported",
                     shown);
}

/* Length of the userinfo at `authority`, without the '@'; 0 where there is none. */
static size_t userinfo_len(const char *authority)
{
    size_t len = strcspn(authority, "/?#"), at = len;

    while (at > 0 && authority[at - 1] != '@')
        at--;
    return at > 0 ? at - 1 : 0;
}

static char *without_userinfo(const char *url)
{
    const char *wrong = behind_typing_error(url);
    if (wrong) {
        size_t userinfo = userinfo_len(wrong);
        return xasprintf("%.*s%s", (int)(wrong - url), url, wrong + userinfo + (userinfo > 0));
    }
    const char *at = is_scp(url) ? memchr(url, '@', strcspn(url, ":")) : NULL;
    if (at)
        url = at + 1;

    /* Also of what is no URL ("https@://user:password@host"): a typing error shows no password. */
    const char *scheme = strstr(url, "://");
    if (!scheme)
        return xstrdup(url);
    const char *authority = scheme + strlen("://");
    size_t len = userinfo_len(authority);
    return xasprintf("%.*s%s", (int)(authority - url), url,
                     len > 0 ? authority + len + 1 : authority + (*authority == '@'));
}

char *git_url_shown(const char *url)
{
    char *shown = without_userinfo(url);

    /* What is left of odd text may look like a URL with another one. */
    for (char *left; (left = git_url_userinfo(shown)); free(left)) {
        char *less = without_userinfo(shown);

        free(shown);
        shown = less;
    }
    return shown;
}

char *git_url_userinfo(const char *url)
{
    const char *authority = behind_scheme(url);
    size_t len = authority ? userinfo_len(authority) : 0;

    return len > 0 ? xstrndup(authority, len) : NULL;
}

bool git_url_may_hold_password(const char *url)
{
    cleanup_free char *userinfo = git_url_userinfo(url);

    return str_has_prefix(url, "http") || (userinfo && strchr(userinfo, ':'));
}

unsigned git_url_ssh_port(const char *url)
{
    const char *authority = str_has_prefix(url, "ssh://") ? behind_scheme(url) : NULL;

    if (!authority)
        return 22;
    size_t len = userinfo_len(authority);
    const char *host = authority + (len > 0 ? len + 1 : 0);
    const char *p = *host == '[' ? strchr(host, ']') : host;
    p = p ? p + strcspn(p, ":/") : NULL;
    unsigned long port = p && *p == ':' ? strtoul(p + 1, NULL, 10) : 0;
    return port > 0 && port < 65536 ? (unsigned)port : 22;
}
