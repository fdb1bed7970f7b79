/* SPDX-License-Identifier: Apache-2.0 */
/* known_hosts: which SSH host keys are trusted; the format is that of sshd(8). */
#include "lib/base/base64.h"
#include "lib/git/remote.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <strings.h>

/* "|1|salt|hash": the name is hidden behind HMAC-SHA1. */
static bool matches_hashed(const char *field, const char *name)
{
    cleanup_buf struct buf salt = BUF_INIT(64), want = BUF_INIT(64);
    cleanup_error struct error *ignored = NULL;
    unsigned char got[EVP_MAX_MD_SIZE];
    unsigned got_len = 0;
    const char *bar = strchr(field + 3, '|');

    return bar && base64_decode(field + 3, (size_t)(bar - field - 3), &salt, &ignored) == 0 &&
           base64_decode(bar + 1, strlen(bar + 1), &want, &ignored) == 0 &&
           HMAC(EVP_sha1(), salt.data, (int)salt.len, (const unsigned char *)name, strlen(name),
                got, &got_len) &&
           want.len == got_len && memcmp(want.data, got, got_len) == 0;
}

/* '*' and '?' only; the brackets of "[host]:port" mean themselves. Only the last star is tried
 * again: what an earlier one could take besides, the last one can take as well. */
static bool matches_pattern(const char *pattern, const char *name)
{
    const char *star = NULL;
    const char *taken = NULL; /* up to here by that star */

    while (*name) {
        if (*pattern == '*') {
            star = ++pattern;
            taken = name;
        } else if (*pattern == '?' || (*pattern && strncasecmp(pattern, name, 1) == 0)) {
            pattern++;
            name++;
        } else if (star) {
            pattern = star;
            name = ++taken;
        } else {
            return false;
        }
    }
    return pattern[strspn(pattern, "*")] == '\0';
}

/* One field of comma-separated patterns; a negated one that matches excludes the line. */
static bool matches_hosts(char *field, const char *name)
{
    bool matched = false;
    char *save = NULL;

    if (str_has_prefix(field, "|1|"))
        return matches_hashed(field, name);
    for (char *p = strtok_r(field, ",", &save); p; p = strtok_r(NULL, ",", &save)) {
        if (*p == '!' && matches_pattern(p + 1, name))
            return false;
        matched = matched || matches_pattern(p, name);
    }
    return matched;
}

static bool is_key(const char *base64, const void *key, size_t key_len)
{
    cleanup_buf struct buf raw = BUF_INIT(16384);
    cleanup_error struct error *ignored = NULL;

    return base64_decode(base64, strlen(base64), &raw, &ignored) == 0 && raw.len == key_len &&
           memcmp(raw.data, key, key_len) == 0;
}

static enum known_host check_line(char *line, const char *name, const void *key, size_t key_len)
{
    char *save = NULL;
    const char *marker = NULL;
    char *hosts = strtok_r(line, " \t\r", &save);

    if (hosts && *hosts == '@') {
        marker = hosts;
        hosts = strtok_r(NULL, " \t\r", &save);
    }
    const char *type = strtok_r(NULL, " \t\r", &save);
    const char *base64 = strtok_r(NULL, " \t\r", &save);
    /* Host certificates are not spoken by libssh2. */
    if (!hosts || *hosts == '#' || !type || !base64 || streq(marker, "@cert-authority") ||
        !matches_hosts(hosts, name))
        return HOST_UNKNOWN;
    bool same = is_key(base64, key, key_len);
    if (streq(marker, "@revoked"))
        return same ? HOST_REVOKED : HOST_UNKNOWN;
    return same ? HOST_KNOWN : HOST_CHANGED;
}

enum known_host known_hosts_check(const char *text, const char *host, unsigned port,
                                  const void *key, size_t key_len)
{
    cleanup_free char *name = port == 22 ? xstrdup(host) : xasprintf("[%s]:%u", host, port);
    cleanup_free char *copy = xstrdup(text);
    enum known_host best = HOST_UNKNOWN;
    char *save = NULL;

    for (char *p = name; *p; p++)
        *p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
    for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        enum known_host is = check_line(line, name, key, key_len);
        if (is == HOST_REVOKED)
            return is;
        /* Several keys of one host are fine: one of them must be the right one. */
        if (is == HOST_KNOWN || best == HOST_UNKNOWN)
            best = is;
    }
    return best;
}
