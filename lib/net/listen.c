/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/net/listen.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 128

/* Split at the last colon; brackets around an IPv6 address are dropped. */
static int split(const char *address, char **host, char **port, struct error **err)
{
    const char *colon = strrchr(address, ':');
    size_t len = colon ? (size_t)(colon - address) : 0;
    bool is_bracketed = len >= 2 && address[0] == '[' && colon[-1] == ']';
    char *end = NULL;
    long number = colon ? strtol(colon + 1, &end, 10) : -1;

    if (!colon || colon[1] < '0' || colon[1] > '9' || *end || number > 65535 ||
        (!is_bracketed && memchr(address, ':', len)))
        return error_set(err, ERROR_INVALID,
                         "\"%s\": expected HOST:PORT, such as 127.0.0.1:8080, [::1]:8080 or :8080",
                         address);
    *port = xstrdup(colon + 1);
    *host = is_bracketed ? xstrndup(address + 1, len - 2) : xstrndup(address, len);
    return 0;
}

static int open_socket(const struct addrinfo *a)
{
    int fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1, off = 0;
    int code;

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (a->ai_family == AF_INET6) /* [::] takes IPv4, too */
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    code = errno;
    close(fd);
    errno = code;
    return -1;
}

static unsigned bound_port(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } bound;
    socklen_t len = sizeof(bound);

    memset(&bound, 0, sizeof(bound));
    if (getsockname(fd, &bound.any, &len) < 0)
        return 0;
    return ntohs(bound.any.sa_family == AF_INET6 ? bound.v6.sin6_port : bound.v4.sin_port);
}

static enum error_kind kind_of(int code)
{
    switch (code) {
    case EADDRINUSE: return ERROR_CONFLICT;
    case EACCES: return ERROR_DENIED;
    default: return ERROR_INVALID;
    }
}

/* Without a host: IPv6 with IPv4 in it, or plain IPv4 on a machine that has no IPv6. */
static int open_any(const char *host, const char *port, int *fd)
{
    static const int families[] = {AF_INET6, AF_INET};
    int status = 0;

    for (size_t i = 0; i < 2; i++) {
        struct addrinfo hints = {.ai_family = *host ? AF_UNSPEC : families[i],
                                 .ai_socktype = SOCK_STREAM,
                                 .ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV};
        struct addrinfo *found = NULL;

        status = getaddrinfo(*host ? host : NULL, port, &hints, &found);
        if (status != 0)
            continue;
        *fd = open_socket(found);
        freeaddrinfo(found);
        if (*fd >= 0 || *host || errno == EADDRINUSE || errno == EACCES)
            return 0;
    }
    return status;
}

int listen_open(const char *address, int *fd, unsigned *port, struct error **err)
{
    cleanup_free char *host = NULL;
    cleanup_free char *service = NULL;
    int opened = -1;

    if (split(address, &host, &service, err) < 0)
        return error_wrap(err, "listen");
    if (open_any(host, service, &opened) != 0)
        return error_set(err, ERROR_INVALID, "listen on %s: expected a numeric address", address);
    if (opened < 0)
        return error_set(err, kind_of(errno), "listen on %s: %s", address, strerror(errno));
    *fd = opened;
    *port = bound_port(opened);
    return 0;
}
