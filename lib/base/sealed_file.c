/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/sealed_file.h"

#include "lib/base/hash.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int fail(const char *path, struct error **err)
{
    return error_set(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_UNAVAILABLE, "%s: %s", path,
                     strerror(errno));
}

static int read_part(const char *path, int fd, char *to, size_t max, size_t *len,
                     struct error **err)
{
    ssize_t got;

    do
        got = read(fd, to, max);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return fail(path, err);
    *len = (size_t)got;
    return 0;
}

/* The whole of it, `text` first empty. */
static int read_all(const char *path, int fd, struct buf *text, struct error **err)
{
    char chunk[65536];
    size_t len = 0;

    do {
        if (read_part(path, fd, chunk, sizeof(chunk), &len, err) < 0)
            return -1;
        if (buf_append(text, chunk, len, err) < 0)
            return error_wrap(err, "%s", path);
    } while (len);
    return 0;
}

int sealed_file_read(const char *path, struct buf *text, struct error **err)
{
    char seal[SHA256_HEX_BYTES]; /* the last byte is a line's end */
    char digest[SHA256_HEX_BYTES];
    size_t before = text->len;
    size_t len = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int result;

    if (fd < 0)
        return fail(path, err);
    result = read_part(path, fd, seal, sizeof(seal), &len, err);
    if (result == 0 && len == sizeof(seal))
        result = read_all(path, fd, text, err);
    close(fd);
    if (result < 0)
        return -1;
    sha256_hex(text->data + before, text->len - before, digest);
    if (len == sizeof(seal) && memcmp(seal, digest, sizeof(seal) - 1) == 0)
        return 0;
    buf_truncate(text, before);
    return error_set(err, ERROR_INVALID, "%s: damaged", path);
}

static int write_all(int fd, const char *text, size_t len)
{
    for (size_t at = 0; at < len;) {
        ssize_t part = write(fd, text + at, len - at);

        if (part < 0 && errno != EINTR)
            return -1;
        at += part > 0 ? (size_t)part : 0;
    }
    return 0;
}

static int write_sealed(int fd, const char *text, size_t len, bool durable)
{
    char seal[SHA256_HEX_BYTES];

    sha256_hex(text, len, seal);
    seal[sizeof(seal) - 1] = '\n';
    if (write_all(fd, seal, sizeof(seal)) < 0 || write_all(fd, text, len) < 0)
        return -1;
    return durable ? fsync(fd) : 0;
}

/* A rename is durable when the directory is. */
static int sync_parent(const char *path)
{
    const char *slash = strrchr(path, '/');
    cleanup_free char *dir = slash ? xstrndup(path, (size_t)(slash - path) + 1) : xstrdup(".");
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result = fd < 0 ? -1 : fsync(fd);

    if (fd >= 0)
        close(fd);
    return result;
}

int sealed_file_write(const char *path, const char *text, size_t len, bool durable,
                      struct error **err)
{
    cleanup_free char *aside = xasprintf("%s.XXXXXX", path);
    int fd = mkostemp(aside, O_CLOEXEC);
    bool written;

    if (fd < 0)
        return error_set(err, ERROR_UNAVAILABLE, "%s: %s", path, strerror(errno));
    written = write_sealed(fd, text, len, durable) == 0;
    written = close(fd) == 0 && written && rename(aside, path) == 0;
    if (written && (!durable || sync_parent(path) == 0))
        return 0;
    error_set(err, ERROR_UNAVAILABLE, "%s: %s", path, strerror(errno));
    if (!written)
        unlink(aside);
    return -1;
}

void sealed_files_sweep(const char *dir, const struct map *keep)
{
    DIR *d = opendir(dir);
    const struct dirent *entry;

    while (d && (entry = readdir(d))) {
        cleanup_free char *path = xasprintf("%s/%s", dir, entry->d_name);

        if (*entry->d_name != '.' && !map_has(keep, path))
            unlink(path);
    }
    if (d)
        closedir(d);
}
