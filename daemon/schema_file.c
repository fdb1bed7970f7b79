/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/schema_file.h"
#include "lib/base/hash.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define FILE_MAX_BYTES (32UL << 20)

char *schema_file_path(const char *dir, const char *url)
{
    char digest[SHA256_HEX_BYTES];

    sha256_hex(url, strlen(url), digest);
    return xasprintf("%s/%s", dir, digest);
}

static int read_all(const char *path, struct buf *text, struct error **err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char chunk[65536];
    ssize_t len;
    int result = 0;

    if (fd < 0)
        return error_set(err, ERROR_NOT_FOUND, "%s: %s", path, strerror(errno));
    while (result == 0 && (len = read(fd, chunk, sizeof(chunk))) != 0)
        result = len < 0 ? error_set(err, ERROR_UNAVAILABLE, "%s: %s", path, strerror(errno))
                         : buf_append(text, chunk, (size_t)len, err);
    close(fd);
    return result;
}

int schema_file_read(const char *path, struct kube_schema **out, struct error **err)
{
    cleanup_buf struct buf text = BUF_INIT(FILE_MAX_BYTES);
    char digest[SHA256_HEX_BYTES];

    if (read_all(path, &text, err) < 0)
        return -1;
    if (text.len < SHA256_HEX_BYTES)
        return error_set(err, ERROR_INVALID, "%s: cut short", path);
    sha256_hex(text.data + SHA256_HEX_BYTES, text.len - SHA256_HEX_BYTES, digest);
    if (memcmp(text.data, digest, SHA256_HEX_BYTES - 1) != 0)
        return error_set(err, ERROR_INVALID, "%s: damaged", path);
    return kube_schema_read(text.data + SHA256_HEX_BYTES, text.len - SHA256_HEX_BYTES, out, err);
}

static int write_all(int fd, const struct buf *text)
{
    for (size_t at = 0; at < text->len;) {
        ssize_t len = write(fd, text->data + at, text->len - at);

        if (len < 0)
            return -1;
        at += (size_t)len;
    }
    return 0;
}

int schema_file_write(const char *path, const struct buf *reduced, struct error **err)
{
    cleanup_buf struct buf text = BUF_UNLIMITED;
    cleanup_free char *aside = xasprintf("%s.XXXXXX", path);
    char digest[SHA256_HEX_BYTES];
    bool written;
    int fd;

    sha256_hex(reduced->data, reduced->len, digest);
    buf_printf(&text, "%s\n", digest);
    buf_put(&text, reduced->data, reduced->len);
    fd = mkostemp(aside, O_CLOEXEC);
    if (fd < 0)
        return error_set(err, ERROR_UNAVAILABLE, "%s: %s", path, strerror(errno));
    written = write_all(fd, &text) == 0;
    /* No fsync: after a crash the digest tells. */
    if (close(fd) == 0 && written && rename(aside, path) == 0)
        return 0;
    error_set(err, ERROR_UNAVAILABLE, "%s: %s", path, strerror(errno));
    unlink(aside);
    return -1;
}

void schema_file_sweep(const char *dir, const struct map *keep)
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
