/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dir: a directory on disk as a tree. Each name of a path is opened below the one before and never
 * through a link, so that a link that is changed while we look cannot lead out of the root.
 */
#include "lib/tree/tree_resolve.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Directories kept open: the files of a build lie close together. */
#define OPEN_MAX_DIRS 16

struct open_dir {
    char *path; /* NULL: the slot is free */
    int fd;
    unsigned long used;
};

struct dir {
    int fd;
    struct open_dir open[OPEN_MAX_DIRS];
    unsigned long clock;
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

static void open_dir_close(struct open_dir *o)
{
    if (o->path)
        close(o->fd);
    free(TAKE(o->path));
}

/* Keep `fd` in the place of the one that was not used for the longest time. */
static int keep_open(struct dir *d, const char *path, size_t len, int fd)
{
    struct open_dir *oldest = &d->open[0];

    for (size_t i = 0; i < OPEN_MAX_DIRS; i++)
        if (d->open[i].used < oldest->used)
            oldest = &d->open[i];
    open_dir_close(oldest);
    *oldest = (struct open_dir){.path = xstrndup(path, len), .fd = fd, .used = ++d->clock};
    return fd;
}

/* The directory named by the first `path_len` bytes of `path`: borrowed until the next call, -1
 * with errno set. */
static int open_directory(struct dir *d, const char *path, size_t path_len)
{
    char name[NAME_MAX + 1];
    const char *slash, *start;
    size_t len;
    int above, fd;

    if (path_len == 0)
        return d->fd;
    for (size_t i = 0; i < OPEN_MAX_DIRS; i++) {
        struct open_dir *o = &d->open[i];

        if (o->path && strncmp(o->path, path, path_len) == 0 && !o->path[path_len]) {
            o->used = ++d->clock;
            return o->fd;
        }
    }
    slash = memrchr(path, '/', path_len);
    start = slash ? slash + 1 : path;
    len = path_len - (size_t)(start - path);
    above = open_directory(d, path, slash ? (size_t)(slash - path) : 0);
    if (above < 0)
        return -1;
    if (len >= sizeof(name)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(name, start, len);
    name[len] = '\0';
    fd = openat(above, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? -1 : keep_open(d, path, path_len, fd);
}

/* The directory that holds `path`, borrowed until the next call; *name is the last component ("."
 * for the root). -1 with errno set. */
static int open_parent(struct dir *d, const char *path, const char **name)
{
    const char *slash = strrchr(path, '/');

    *name = slash ? slash + 1 : *path ? path : ".";
    return open_directory(d, path, slash ? (size_t)(slash - path) : 0);
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

/* `size` is what the file had before: a hint. */
static int read_all(int fd, off_t size, struct buf *out, struct error **err)
{
    char chunk[32768];
    ssize_t n;

    if (size > 0 && (size_t)size <= out->max - out->len)
        buf_reserve(out, (size_t)size);
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
    return read_all(fd, st.st_size, out, err);
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

    for (size_t i = 0; i < OPEN_MAX_DIRS; i++)
        open_dir_close(&d->open[i]);
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
