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
    /* The directory looked into last, and its path: the next question is mostly about it, too. */
    int last_fd; /* -1: none */
    char *last;
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

/* Open the directory `path[0..len)` below `from`. -1 with errno set. */
static int open_below(int from, const char *path, size_t len)
{
    const char *end = path + len;
    int at = fcntl(from, F_DUPFD_CLOEXEC, 0);

    while (at >= 0 && path < end) {
        const char *slash = memchr(path, '/', (size_t)(end - path));
        size_t part_len = (size_t)((slash ? slash : end) - path);
        char part[NAME_MAX + 1];
        int next;
        int code;

        if (part_len >= sizeof(part)) {
            close(at);
            errno = ENAMETOOLONG;
            return -1;
        }
        memcpy(part, path, part_len);
        part[part_len] = '\0';
        next = openat(at, part, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        code = errno;
        close(at);
        errno = code;
        at = next;
        path = slash ? slash + 1 : end;
    }
    return at;
}

/* The directory that holds `path`, borrowed until the next call; *name is its last component ("."
 * for the root). -1 with errno set. */
static int open_parent(struct dir *d, const char *path, const char **name)
{
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : 0;
    size_t last_len = d->last_fd >= 0 ? strlen(d->last) : 0;
    bool below = last_len && len >= last_len && strncmp(path, d->last, last_len) == 0 &&
                 path[last_len] == '/';
    int at;

    *name = slash ? slash + 1 : *path ? path : ".";
    if (len == 0)
        return d->fd;
    if (below && len == last_len)
        return d->last_fd;
    at = below ? open_below(d->last_fd, path + last_len + 1, len - last_len - 1)
               : open_below(d->fd, path, len);
    if (at < 0)
        return -1;
    close_fd(&d->last_fd);
    free(d->last);
    d->last_fd = at;
    d->last = xstrndup(path, len);
    return at;
}

static int dir_lookup(void *self, const char *path, enum tree_kind *kind, bool *is_link,
                      char id[TREE_ID_BYTES], struct error **err)
{
    const char *name = NULL;
    int at = open_parent(self, path, &name);
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
    int at = open_parent(self, path, &name);
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
    int at = open_parent(self, path, &name);
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
    int at = open_parent(self, path, &name);
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

    close_fd(&d->fd);
    close_fd(&d->last_fd);
    free(d->last);
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
    d->last_fd = -1;
    *out = tree_new(&dir_ops, d);
    return 0;
}
