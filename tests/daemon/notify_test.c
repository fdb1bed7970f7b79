/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/notify.h"

#include "tests/test.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A socket as systemd has it; `name` may begin with '@'. */
static int listen_at(const char *name)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    memcpy(at.sun_path, name, strlen(name));
    if (*name == '@')
        at.sun_path[0] = '\0';
    EXPECT_INT(bind(fd, (struct sockaddr *)&at, len), 0);
    return fd;
}

static void expect_message(int fd, const char *want)
{
    char text[512];
    ssize_t len = recv(fd, text, sizeof(text) - 1, 0);

    EXPECT(len >= 0);
    text[len] = '\0';
    EXPECT_STR(text, want);
}

TEST(messages_arrive_at_a_path_and_at_an_abstract_name)
{
    cleanup_free char *path = xasprintf("%s/notify", test_tmpdir());
    cleanup_free char *abstract = xasprintf("@gitopsd-test-%d", (int)getpid());
    const char *names[] = {path, abstract};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        int fd = listen_at(names[i]);
        struct error *err = NULL;
        struct notify n;

        setenv("NOTIFY_SOCKET", names[i], 1);
        EXPECT_OK(notify_open(&n, &err));
        EXPECT_NULL(getenv("NOTIFY_SOCKET"));
        notify_send(&n, "READY=1");
        notify_send(&n, "STATUS=%d applications", 3);
        expect_message(fd, "READY=1");
        expect_message(fd, "STATUS=3 applications");
        notify_close(&n);
        notify_send(&n, "nothing"); /* goes nowhere */
        close(fd);
    }
}

TEST(without_a_socket_nothing_is_sent)
{
    struct error *err = NULL;
    struct notify n;

    unsetenv("NOTIFY_SOCKET");
    EXPECT_OK(notify_open(&n, &err));
    EXPECT_INT(n.fd, -1);
    EXPECT_INT(n.watchdog_ms, 0);
    notify_send(&n, "READY=1");
    notify_close(&n);
}

TEST(a_socket_that_is_none_is_named)
{
    static const struct {
        const char *name, *message;
    } rows[] = {
        {"relative", "NOTIFY_SOCKET=relative: must be an absolute path"},
        {"/nonexistent/socket", "NOTIFY_SOCKET=/nonexistent/socket: No such file"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        cleanup_error struct error *err = NULL;
        struct notify n;

        setenv("NOTIFY_SOCKET", rows[i].name, 1);
        EXPECT_INT(notify_open(&n, &err), -1);
        EXPECT_CONTAINS(error_message(err), rows[i].message);
        notify_send(&n, "READY=1");
        notify_close(&n);
    }
}

TEST(the_watchdog_is_ours_unless_it_is_meant_for_another_process)
{
    cleanup_free char *path = xasprintf("%s/watched", test_tmpdir());
    cleanup_free char *own = xasprintf("%d", (int)getpid());
    const struct {
        const char *pid;
        uint64_t want_ms;
    } rows[] = {{NULL, 30000}, {own, 30000}, {"1", 0}};
    int fd = listen_at(path);

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct error *err = NULL;
        struct notify n;

        setenv("NOTIFY_SOCKET", path, 1);
        setenv("WATCHDOG_USEC", "30000000", 1);
        if (rows[i].pid)
            setenv("WATCHDOG_PID", rows[i].pid, 1);
        EXPECT_OK(notify_open(&n, &err));
        EXPECT_INT(n.watchdog_ms, rows[i].want_ms);
        EXPECT_NULL(getenv("WATCHDOG_USEC"));
        EXPECT_NULL(getenv("WATCHDOG_PID"));
        notify_close(&n);
    }
    close(fd);
}
