/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/config_read.h"

#include "lib/base/buf.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int open_error(const char *path, struct error **err)
{
    int code = errno;
    enum error_kind kind = ERROR_UNAVAILABLE;

    if (code == ENOENT || code == ENOTDIR)
        kind = ERROR_NOT_FOUND;
    else if (code == EACCES || code == EPERM)
        kind = ERROR_DENIED;
    return error_set(err, kind, "%s: %s", path, strerror(code));
}

static int read_all(int fd, const char *path, struct buf *out, struct error **err)
{
    char chunk[16384];

    for (;;) {
        ssize_t n = read(fd, chunk, sizeof(chunk));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return open_error(path, err);
        if (n == 0)
            return 0;
        if (buf_append(out, chunk, (size_t)n, err) < 0)
            return error_wrap(err, "%s", path);
    }
}

int config_read(const char *path, size_t max_bytes, char **out, struct error **err)
{
    cleanup_buf struct buf text = BUF_INIT(max_bytes);
    /* Not blocking: a FIFO in place of a file must not stop the loop. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    int status;

    if (fd < 0)
        return open_error(path, err);
    status = read_all(fd, path, &text, err);
    close(fd);
    if (status < 0)
        return -1;
    if (memchr(text.data, '\0', text.len))
        return error_set(err, ERROR_INVALID, "%s: holds a NUL byte, is not text", path);
    *out = buf_take(&text);
    return 0;
}

bool config_token_is_valid(const char *token)
{
    for (const char *p = token; *p; p++)
        if ((unsigned char)*p <= ' ' || *p == 0x7f)
            return false;
    return *token != '\0';
}

static char *trim(const char *text)
{
    size_t len;

    while (isspace((unsigned char)*text))
        text++;
    len = strlen(text);
    while (len > 0 && isspace((unsigned char)text[len - 1]))
        len--;
    return xstrndup(text, len);
}

int config_read_token(const char *path, char **out, struct error **err)
{
    cleanup_free char *text = NULL;
    cleanup_free char *token = NULL;

    if (config_read(path, CONFIG_TOKEN_MAX_BYTES, &text, err) < 0)
        return -1;
    token = trim(text);
    if (!*token)
        return error_set(err, ERROR_INVALID, "%s: holds no token", path);
    if (!config_token_is_valid(token))
        return error_set(err, ERROR_INVALID,
                         "%s: expected one token, found white space or control characters in it",
                         path);
    *out = TAKE(token);
    return 0;
}

int config_read_pem(const char *path, char **out, struct error **err)
{
    cleanup_free char *text = NULL;

    if (config_read(path, CONFIG_PEM_MAX_BYTES, &text, err) < 0)
        return -1;
    if (!strstr(text, "-----BEGIN "))
        return error_set(err, ERROR_INVALID, "%s: holds no PEM block (-----BEGIN ...)", path);
    *out = TAKE(text);
    return 0;
}
