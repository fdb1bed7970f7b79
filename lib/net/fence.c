/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/net/fence.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id /* in the headers of newer C libraries only */
#define sigev_notify_thread_id _sigev_un._tid
#endif

#define FIRST_PLACES 16
#define NO_SOCKET (-1)

/* The handler interrupts the thread that writes here: what it reads is written in one piece. */
struct places {
    size_t len;
    atomic_int fd[]; /* or NO_SOCKET */
};

struct fence {
    timer_t timer;
    unsigned refs;
    struct places *_Atomic places;
};

/* A shutdown would still send what is queued. */
static void disconnect(int fd)
{
    struct sockaddr nobody = {.sa_family = AF_UNSPEC};

    if (connect(fd, &nobody, sizeof(nobody)) < 0)
        shutdown(fd, SHUT_RDWR);
}

/* Inside the signal: only what signal-safety(7) allows. */
static void on_moment(int signo, siginfo_t *info, void *context)
{
    int saved = errno;

    (void)signo;
    (void)context;
    if (info->si_code == SI_TIMER) {
        const struct fence *f = info->si_value.sival_ptr;
        const struct places *places = atomic_load(&f->places);

        for (size_t i = 0; i < places->len; i++) {
            int fd = atomic_load(&places->fd[i]);

            if (fd != NO_SOCKET)
                disconnect(fd);
        }
    }
    errno = saved;
}

/* As many more as there are. The handler sees all of them before and after. */
static void add_places(struct fence *f)
{
    struct places *before = atomic_load(&f->places);
    size_t used = before ? before->len : 0;
    size_t len = used ? 2 * used : FIRST_PLACES;
    struct places *after = xcalloc(1, sizeof(*after) + len * sizeof(after->fd[0]));

    after->len = len;
    for (size_t i = 0; i < len; i++)
        atomic_init(&after->fd[i], i < used ? atomic_load(&before->fd[i]) : NO_SOCKET);
    atomic_store(&f->places, after);
    free(before);
}

struct fence *fence_new(struct error **err)
{
    struct fence *f = xcalloc(1, sizeof(*f));
    struct sigaction action = {.sa_sigaction = on_moment, .sa_flags = SA_SIGINFO | SA_RESTART};
    struct sigevent event = {
        .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN, .sigev_value.sival_ptr = f};

    event.sigev_notify_thread_id = gettid();
    add_places(f);
    f->refs = 1;
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGRTMIN, &action, NULL) < 0 ||
        timer_create(CLOCK_BOOTTIME, &event, &f->timer) < 0) {
        error_set(err, ERROR_UNAVAILABLE, "no timer: %s", strerror(errno));
        free(atomic_load(&f->places));
        free(f);
        return NULL;
    }
    return f;
}

struct fence *fence_ref(struct fence *f)
{
    if (f)
        f->refs++;
    return f;
}

void fence_unref(struct fence *f)
{
    if (!f || --f->refs > 0)
        return;
    timer_delete(f->timer); /* a signal that was due has come when this returns */
    free(atomic_load(&f->places));
    free(f);
}

void fence_set(struct fence *f, uint64_t at_ms)
{
    struct itimerspec when = {
        .it_value = {.tv_sec = (time_t)(at_ms / 1000), .tv_nsec = (long)(at_ms % 1000) * 1000000}};

    timer_settime(f->timer, TIMER_ABSTIME, &when, NULL);
}

static bool replace(struct fence *f, int before, int after)
{
    struct places *places = atomic_load(&f->places);

    for (size_t i = 0; i < places->len; i++)
        if (atomic_load(&places->fd[i]) == before) {
            atomic_store(&places->fd[i], after);
            return true;
        }
    return false;
}

void fence_add(struct fence *f, int fd)
{
    while (!replace(f, NO_SOCKET, fd))
        add_places(f);
}

void fence_remove(struct fence *f, int fd)
{
    replace(f, fd, NO_SOCKET);
}
