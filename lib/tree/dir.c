/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dir: a directory on disk as a tree. Each name of a path is opened below the one before and never
 * through a link, so that a link that is changed while we look cannot lead out of the root.
 */
#include "lib/tree/resolve.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

struct dir {
    int fd;
};

static void close_fd(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}
#define cleanup_fd __attribute__((cleanup(close_fd)))

/* Errors that mean: there is no such entry (or a link on the way, which tree.c resolves). */
static bool is_absence(int code)
{
    return code == ENOENT || code == ENOTDIR || code == ELOOP || code == ENAMETOOLONG;
}

static enum error_kind errno_kind(int code)
{
    if (code == EACCES || code == EPERM)
        return ERROR_DENIED;
    return is_absence(code) ? ERROR_NOT_FOUND : ERROR_UNAVAILABLE;
}

/* Open the directory that holds `path`; *name is its last component ("." for the root). -1 with
 * errno set. */
static int open_parent(const struct dir *d, const char *path, const char **name)
{
    int at = fcntl(d->fd, F_DUPFD_CLOEXEC, 0);
    const char *slash;

    while (at >= 0 && (slash = strchr(path, '/'))) {
        char part[NAME_MAX + 1];
        size_t len = (size_t)(slash - path);
        if (len >= sizeof(part)) {
            close(at);
            errno = ENAMETOOLONG;
            return -1;
        }
        memcpy(part, path, len);
        part[len] = '\0';
        int next = openat(at, part, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        int code = errno;
        close(at);
        errno = code;
        at = next;
        path = slash + 1;
    }
    *name = *path ? path : ".";
    return at;
}

static int dir_lookup(void *self, const char *path, enum tree_kind *kind, bool *is_link,
                      char id[TREE_ID_BYTES], struct error **err)
{
    const char *name = NULL;
    cleanup_fd int at = open_parent(self, path, &name);
    struct stat st;

    *kind = TREE_ABSENT;
    *is_link = false;
    if (id)
        id[0] = '\0';
    if (at < 0 || fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
        if (is_absence(errno))
            return 0;
        return error_set(err, errno_kind(errno), "%s: %s", path, strerror(errno));
    }
    *is_link = S_ISLNK(st.st_mode);
    *kind = S_ISREG(st.st_mode) ? TREE_FILE : S_ISDIR(st.st_mode) ? TREE_DIR : TREE_OTHER;
    return 0;
}

static int dir_readlink(void *self, const char *path, struct buf *target, struct error **err)
{
    const char *name = NULL;
    cleanup_fd int at = open_parent(self, path, &name);
    char text[4096];
    ssize_t n = at < 0 ? -1 : readlinkat(at, name, text, sizeof(text));

    if (n < 0)
        return error_set(err, errno_kind(errno), "%s", strerror(errno));
    return buf_append(target, text, (size_t)n, err);
}

static int read_all(int fd, struct buf *out, struct error **err)
{
    char chunk[32768];
    ssize_t n;

    while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set(err, ERROR_UNAVAILABLE, "%s", strerror(errno));
        if (buf_append(out, chunk, (size_t)n, err) < 0)
            return -1;
    }
    return 0;
}

static int dir_read(void *self, const char *path, struct buf *out, struct error **err)
{
    const char *name = NULL;
    cleanup_fd int at = open_parent(self, path, &name);
    /* O_NONBLOCK: what became a FIFO since the lookup must not hold us up. */
    cleanup_fd int fd =
        at < 0 ? -1 : openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return error_set(err, errno_kind(errno), "%s", strerror(errno));
    if (!S_ISREG(st.st_mode))
        return error_set(err, ERROR_INVALID, "not a regular file");
    return read_all(fd, out, err);
}

static int dir_list(void *self, const char *path, struct strvec *names, struct error **err)
{
    const char *name = NULL;
    cleanup_fd int at = open_parent(self, path, &name);
    int fd = at < 0 ? -1 : openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *stream = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry;

    if (!stream) {
        error_set(err, errno_kind(errno), "%s", strerror(errno));
        close_fd(&fd);
        return -1;
    }
    while ((errno = 0, entry = readdir(stream))) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            strvec_push(names, entry->d_name);
    }
    int code = errno;
    closedir(stream);
    return code ? error_set(err, ERROR_UNAVAILABLE, "%s", strerror(code)) : 0;
}

static void dir_free(void *self)
{
    struct dir *d = self;

    close(d->fd);
    free(d);
}

static const struct tree_ops dir_ops = {
    .lookup = dir_lookup,
    .readlink = dir_readlink,
    .read = dir_read,
    .list = dir_list,
    .free = dir_free,
};

int tree_open_dir(const char *root, struct file_tree **out, struct error **err)
{
    /* The root itself may be a link: the caller chose it. */
    int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 && errno == ENOTDIR)
        return error_set(err, ERROR_INVALID, "%s is not a directory", root);
    if (fd < 0)
        return error_set(err, errno_kind(errno), "%s: %s", root, strerror(errno));

    struct dir *d = xcalloc(1, sizeof(*d));
    d->fd = fd;
    *out = tree_new(&dir_ops, d);
    return 0;
}
