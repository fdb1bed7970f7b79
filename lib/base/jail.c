/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/jail.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define GITOPSD_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define GITOPSD_SANITIZED
#endif
#endif

extern char **environ;

static void limit(int what, rlim_t value)
{
    const struct rlimit l = {value, value};

    setrlimit(what, &l);
}

void jail_guard_memory(void)
{
    prctl(PR_SET_DUMPABLE, 0);
    limit(RLIMIT_CORE, 0); /* stays where a child is another program */
}

void jail_enter(size_t max_bytes)
{
    static char *nothing[] = {NULL};

    environ = nothing;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    signal(SIGPROF, SIG_DFL);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_NPROC, 0);
    limit(RLIMIT_NOFILE, 3); /* what is open stays, and nothing is opened */
#ifdef GITOPSD_SANITIZED     /* whose shadow memory takes terabytes of addresses */
    (void)max_bytes;
#else
    limit(RLIMIT_AS, max_bytes);
#endif
}

void jail_start_clock(unsigned seconds)
{
    const struct itimerval once = {.it_value.tv_sec = (time_t)seconds};

    setitimer(ITIMER_PROF, &once, NULL);
}

void jail_stop_clock(void)
{
    const struct itimerval never = {0};

    setitimer(ITIMER_PROF, &never, NULL);
}

long jail_processor_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (long)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
