/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/net/fence.h"

#include "lib/base/time.h"
#include "lib/net/http.h"
#include "tests/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define SOON_MS 200
#define WAIT_MS 60000
#define MANY 100 /* more than the places that it begins with */

/* A listening socket on the loopback interface; its port in *port. */
static int listen_here(unsigned *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    EXPECT_INT(bind(fd, (struct sockaddr *)&address, len), 0);
    EXPECT_INT(listen(fd, MANY), 0);
    EXPECT_INT(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

/* Both ends of a TCP connection. */
static void connect_pair(int ends[2])
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    unsigned port;
    int listener = listen_here(&port);

    address.sin_port = htons((uint16_t)port);
    ends[0] = socket(AF_INET, SOCK_STREAM, 0);
    EXPECT_INT(connect(ends[0], (struct sockaddr *)&address, sizeof(address)), 0);
    ends[1] = accept(listener, NULL, NULL);
    EXPECT(ends[1] >= 0);
    close(listener);
}

static void close_pair(const int ends[2])
{
    close(ends[0]);
    close(ends[1]);
}

static struct fence *make_fence(void)
{
    struct error *err = NULL;
    struct fence *fence = fence_new(&err);

    if (!fence)
        fail_msg("%s", error_message(err));
    return fence;
}

/* Something comes, or the end, within the time. */
static bool becomes_readable(int fd, int timeout_ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    int rc;

    while ((rc = poll(&p, 1, timeout_ms)) < 0 && errno == EINTR)
        ;
    return rc > 0;
}

static bool can_send(int fd)
{
    return send(fd, "x", 1, MSG_NOSIGNAL) == 1;
}

TEST(it_disconnects_what_is_within_it_at_its_moment)
{
    struct fence *fence = make_fence();
    int within[MANY][2], taken_out[2], outside[2];
    char byte;

    for (int i = 0; i < MANY; i++) {
        connect_pair(within[i]);
        fence_add(fence, within[i][0]);
    }
    connect_pair(taken_out);
    connect_pair(outside);
    fence_add(fence, taken_out[0]);
    fence_remove(fence, taken_out[0]);
    EXPECT(can_send(within[0][0]));
    EXPECT_INT(read(within[0][1], &byte, 1), 1);

    fence_set(fence, time_boottime_ms() + SOON_MS);
    for (int i = 0; i < MANY; i++) {
        EXPECT(becomes_readable(within[i][1], WAIT_MS));
        EXPECT(read(within[i][1], &byte, 1) <= 0);
        EXPECT(!can_send(within[i][0]));
        close_pair(within[i]);
    }
    EXPECT(can_send(taken_out[0]) && can_send(outside[0]));
    close_pair(taken_out);
    close_pair(outside);
    fence_unref(fence);
}

TEST(a_later_moment_takes_the_place_of_the_one_before)
{
    struct fence *fence = make_fence();
    uint64_t first = 0;
    int late[2], now[2];

    do {
        if (first) { /* the machine is so busy that the first moment came */
            fence_remove(fence, late[0]);
            close_pair(late);
        }
        connect_pair(late);
        fence_add(fence, late[0]);
        first = time_boottime_ms() + SOON_MS;
        fence_set(fence, first);
        fence_set(fence, first + 3600000);
    } while (time_boottime_ms() >= first);
    EXPECT(!becomes_readable(late[1], 2 * SOON_MS));
    EXPECT(can_send(late[0]));
    connect_pair(now);
    fence_add(fence, now[0]);
    fence_set(fence, time_boottime_ms() - 1);
    EXPECT(becomes_readable(now[1], WAIT_MS));
    EXPECT(!can_send(late[0]));
    close_pair(late);
    close_pair(now);
    fence_unref(fence);
}

/* The peer did not read, so that the kernel holds much that it would still send. */
TEST(what_the_kernel_holds_is_thrown_away)
{
    static char block[65536];
    struct fence *fence = make_fence();
    size_t sent = 0, came = 0;
    ssize_t n;
    int ends[2];

    connect_pair(ends);
    fence_add(fence, ends[0]);
    while ((n = send(ends[0], block, sizeof(block), MSG_DONTWAIT | MSG_NOSIGNAL)) > 0)
        sent += (size_t)n;
    fence_set(fence, time_boottime_ms());
    EXPECT(becomes_readable(ends[1], WAIT_MS));
    while (can_send(ends[0]))
        ;
    while ((n = read(ends[1], block, sizeof(block))) > 0)
        came += (size_t)n;
    EXPECT_INT(n, -1);
    EXPECT_INT(errno, ECONNRESET);
    EXPECT(came < sent);
    close_pair(ends);
    fence_unref(fence);
}

TEST(somebody_elses_signal_means_nothing)
{
    struct fence *fence = make_fence();
    int ends[2];

    connect_pair(ends);
    fence_add(fence, ends[0]);
    raise(SIGRTMIN);
    EXPECT(can_send(ends[0]));
    close_pair(ends);
    fence_unref(fence);
}

/* ---- a process that is stopped between its last look and the sending ---- */

struct sleeper {
    struct fence *fence;
    bool is_refused;
};

static bool look_and_sleep(void *arg)
{
    struct sleeper *s = arg;

    if (s->fence)
        fence_set(s->fence, time_boottime_ms() + SOON_MS);
    raise(SIGSTOP);
    return true;
}

static void on_done(void *arg, const struct http_response *response, const struct error *err)
{
    (void)response;
    ((struct sleeper *)arg)->is_refused = err != NULL;
}

/* The other process: one request. Exits with 0 when it was answered. */
static void run_sleeper(unsigned port, bool has_fence)
{
    struct sleeper s = {.fence = has_fence ? make_fence() : NULL};
    struct http_options options = {.fence = s.fence};
    char *url = xasprintf("http://127.0.0.1:%u/", port);
    struct http_request_spec spec = {.method = "PUT",
                                     .url = url,
                                     .body = "late",
                                     .body_len = 4,
                                     .timeout_ms = WAIT_MS,
                                     .may_send = look_and_sleep,
                                     .may_send_arg = &s};
    struct http_client *client;
    uv_loop_t loop;

    signal(SIGPIPE, SIG_IGN);
    uv_loop_init(&loop);
    client = http_client_new(&loop, &options);
    http_start(client, &spec, NULL, on_done, &s);
    uv_run(&loop, UV_RUN_DEFAULT);
    http_client_free(client);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    free(url);
    fence_unref(s.fence);
    _exit(s.is_refused);
}

/* Lets the process sleep over its moment. How many bytes came, and how it ended. */
static ssize_t bytes_of_sleeper(bool has_fence, int *status)
{
    static const char answer[] =
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    char text[4096];
    unsigned port;
    int listener = listen_here(&port);
    pid_t pid = fork();
    ssize_t n;
    int fd;

    if (pid == 0)
        run_sleeper(port, has_fence);
    fd = accept(listener, NULL, NULL);
    EXPECT_INT(waitpid(pid, status, WUNTRACED), pid);
    EXPECT(WIFSTOPPED(*status));
    EXPECT(!becomes_readable(fd, 2 * SOON_MS));
    kill(pid, SIGCONT);
    EXPECT(becomes_readable(fd, WAIT_MS));
    n = read(fd, text, sizeof(text));
    EXPECT(send(fd, answer, sizeof(answer) - 1, MSG_NOSIGNAL) > 0 || has_fence);
    EXPECT_INT(waitpid(pid, status, 0), pid);
    close(fd);
    close(listener);
    return n;
}

TEST(a_process_that_slept_over_the_moment_sends_nothing)
{
    int status;

    EXPECT(bytes_of_sleeper(false, &status) > 0); /* that is what the fence is for */
    EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    EXPECT(bytes_of_sleeper(true, &status) <= 0);
    EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}
