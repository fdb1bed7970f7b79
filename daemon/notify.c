/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/notify.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* `WATCHDOG_PID` says for which process it is meant; unset: for whoever is asked. */
static uint64_t read_watchdog_ms(void)
{
    const char *usec = getenv("WATCHDOG_USEC");
    const char *pid = getenv("WATCHDOG_PID");

    if (!usec || (pid && strtol(pid, NULL, 10) != getpid()))
        return 0;
    return strtoull(usec, NULL, 10) / 1000;
}

static int connect_to(const char *name, int *fd, struct error **err)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t len = strlen(name);

    if ((*name != '/' && *name != '@') || len >= sizeof(to.sun_path))
        return error_set(err, ERROR_INVALID,
                         "NOTIFY_SOCKET=%s: must be an absolute path or @NAME of at most %zu bytes",
                         name, sizeof(to.sun_path) - 1);
    memcpy(to.sun_path, name, len);
    if (*name == '@')
        to.sun_path[0] = '\0';
    *fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*fd >= 0 && connect(*fd, (struct sockaddr *)&to,
                            (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) == 0)
        return 0;
    error_set(err, ERROR_UNAVAILABLE, "NOTIFY_SOCKET=%s: %s", name, strerror(errno));
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    return -1;
}

int notify_open(struct notify *n, struct error **err)
{
    const char *name = getenv("NOTIFY_SOCKET");
    int result = 0;

    *n = (struct notify){.fd = -1};
    if (name && *name)
        result = connect_to(name, &n->fd, err);
    if (n->fd >= 0)
        n->watchdog_ms = read_watchdog_ms();
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    return result;
}

void notify_close(struct notify *n)
{
    if (n->fd >= 0)
        close(n->fd);
    n->fd = -1;
}

bool notify_send(const struct notify *n, const char *fmt, ...)
{
    cleanup_free char *text = NULL;
    va_list ap;

    if (n->fd < 0)
        return true;
    va_start(ap, fmt);
    text = xvasprintf(fmt, ap);
    va_end(ap);
    return send(n->fd, text, strlen(text), MSG_NOSIGNAL) >= 0;
}
