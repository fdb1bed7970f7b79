/* SPDX-License-Identifier: Apache-2.0 */
/* The program sandbox: a Kubernetes API server in memory. docs/sandbox.md tells what it does. */
#include "lib/base/log.h"
#include "lib/base/streams.h"
#include "tests/sandbox/certificate.h"
#include "tests/sandbox/kubeconfig.h"
#include "tests/sandbox/sandbox.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>

static const char usage[] =
    "usage: sandbox [OPTION]...\n"
    "A Kubernetes API server in memory, for demonstrations and tests.\n\n"
    "  --listen ADDRESS    where to listen (127.0.0.1:0, any free port)\n"
    "  --kubeconfig FILE   write a kubeconfig for it\n"
    "  --context NAME      the context's name in it (sandbox)\n"
    "  --tls               HTTPS, with a certificate that it makes for itself\n"
    "  --token TOKEN       what clients must present (without it, anything is good)\n"
    "  --faults JSON|@FILE what goes wrong on demand\n"
    "  --audit FILE        append a line for each request, as an audit log\n"
    "  --no-controllers    nothing happens by itself: no Pods, no garbage collection\n"
    "  --help, --version\n\n"
    "It prints \"ready URL\" when it serves, and ends on SIGTERM or SIGINT.\n";

struct options {
    struct sandbox_options sandbox;
    const char *kubeconfig, *context, *faults;
    bool tls;
};

struct running {
    struct sandbox *sandbox;
    uv_signal_t term, interrupt;
};

/* Returns the exit code, or -1: go on. */
static int options_read(int argc, char **argv, struct options *o)
{
    enum {
        LISTEN = 256,
        KUBECONFIG,
        CONTEXT,
        TLS,
        TOKEN,
        FAULTS,
        NO_CONTROLLERS,
        AUDIT,
        HELP,
        VERSION
    };
    static const struct option longs[] = {{"listen", required_argument, NULL, LISTEN},
                                          {"kubeconfig", required_argument, NULL, KUBECONFIG},
                                          {"context", required_argument, NULL, CONTEXT},
                                          {"tls", no_argument, NULL, TLS},
                                          {"token", required_argument, NULL, TOKEN},
                                          {"faults", required_argument, NULL, FAULTS},
                                          {"no-controllers", no_argument, NULL, NO_CONTROLLERS},
                                          {"audit", required_argument, NULL, AUDIT},
                                          {"help", no_argument, NULL, HELP},
                                          {"version", no_argument, NULL, VERSION},
                                          {NULL, 0, NULL, 0}};
    int option;

    while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        switch (option) {
        case LISTEN: o->sandbox.listen = optarg; break;
        case KUBECONFIG: o->kubeconfig = optarg; break;
        case CONTEXT: o->context = optarg; break;
        case TLS: o->tls = true; break;
        case TOKEN: o->sandbox.token = optarg; break;
        case FAULTS: o->faults = optarg; break;
        case AUDIT: o->sandbox.audit = optarg; break;
        case NO_CONTROLLERS: o->sandbox.no_controllers = true; break;
        case HELP: fputs(usage, stdout); return 0;
        case VERSION: printf("sandbox %s\n", GITOPSD_VERSION); return 0;
        default: fputs("sandbox --help tells the options\n", stderr); return 2;
        }
    }
    if (optind == argc)
        return -1;
    fprintf(stderr, "sandbox: %s: no arguments are expected\n", argv[optind]);
    return 2;
}

static int faults_load(struct sandbox *s, const char *given, struct error **err)
{
    json_error_t where;
    json_t *rules =
        *given == '@' ? json_load_file(given + 1, 0, &where) : json_loads(given, 0, &where);
    int code = rules ? faults_set(&s->faults, rules, err)
                     : error_set(err, ERROR_INVALID, "%s at line %d", where.text, where.line);

    json_decref(rules);
    return code < 0 ? error_wrap(err, "--faults") : 0;
}

static void on_signal(uv_signal_t *signal, int number)
{
    struct running *r = signal->data;

    (void)number;
    sandbox_close(r->sandbox);
    uv_close((uv_handle_t *)&r->term, NULL);
    uv_close((uv_handle_t *)&r->interrupt, NULL);
}

static void watch_signals(uv_loop_t *loop, struct running *r)
{
    uv_signal_init(loop, &r->term);
    uv_signal_init(loop, &r->interrupt);
    r->term.data = r->interrupt.data = r;
    uv_signal_start_oneshot(&r->term, on_signal, SIGTERM);
    uv_signal_start_oneshot(&r->interrupt, on_signal, SIGINT);
}

/* All that can go wrong, before it says that it is ready. */
static int prepare(uv_loop_t *loop, const struct options *o, struct certificate *certificate,
                   struct sandbox **out, struct error **err)
{
    struct sandbox_options options = o->sandbox;

    if (o->tls && certificate_make(certificate, err) < 0)
        return -1;
    options.certificate = certificate->certificate;
    options.key = certificate->key;
    if (sandbox_start(loop, &options, out, err) < 0)
        return -1;
    if (o->faults && faults_load(*out, o->faults, err) < 0)
        return -1;
    return o->kubeconfig
               ? kubeconfig_write(o->kubeconfig, *out, o->context, certificate->certificate, err)
               : 0;
}

int main(int argc, char **argv)
{
    struct options o = {.sandbox = {.listen = "127.0.0.1:0"}, .context = "sandbox"};
    struct certificate certificate = {.key = NULL};
    struct running r = {.sandbox = NULL};
    cleanup_error struct error *err = NULL;
    uv_loop_t loop;
    int code = options_read(argc, argv, &o);

    if (code >= 0)
        return code;
    streams_hold();
    signal(SIGPIPE, SIG_IGN);
    uv_loop_init(&loop);
    code = prepare(&loop, &o, &certificate, &r.sandbox, &err);
    if (code == 0) {
        cleanup_free char *url = sandbox_url(r.sandbox);

        watch_signals(&loop, &r);
        printf("ready %s\n", url);
        fflush(stdout);
    } else {
        fprintf(stderr, "sandbox: %s\n", error_message(err));
        if (r.sandbox)
            sandbox_close(r.sandbox);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    sandbox_free(r.sandbox);
    certificate_clear(&certificate);
    uv_loop_close(&loop);
    return code == 0 ? 0 : 1;
}
