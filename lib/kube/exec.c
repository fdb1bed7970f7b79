/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/kube/exec.h"

#include "lib/base/child.h"

#include <assert.h>

struct kube_exec_run {
    struct child *plugin;
    const struct kube_config *config;
    kube_exec_done_fn *done; /* NULL: canceled */
    void *arg;
    struct error *err; /* why it was killed */
    uint64_t timeout_ms;
};

extern char **environ;

/* Put the plugin's name in front and the way to install it behind. */
static void explain(struct kube_exec_run *run, struct error **err)
{
    const struct kube_exec *exec = run->config->exec;
    struct error *plain = TAKE(*err);

    if (exec->install_hint)
        error_set(err, error_kind(plain), "exec plugin %s: %s\n%s", exec->command,
                  error_message(plain), exec->install_hint);
    else
        error_set(err, error_kind(plain), "exec plugin %s: %s", exec->command,
                  error_message(plain));
    error_free(plain);
}

static int check_end(const struct child_end *end, struct error **err)
{
    if (end->signal)
        return error_set(err, ERROR_DENIED, "ended by signal %d", end->signal);
    if (end->status)
        return error_set(err, ERROR_DENIED, "failed with exit status %d", (int)end->status);
    return 0;
}

static void finish(struct kube_exec_run *run, const struct child_end *end)
{
    struct exec_credential credential = {0};
    bool failed = run->err || check_end(end, &run->err) < 0 ||
                  exec_credential_parse(end->output->data, end->output->len,
                                        run->config->exec->api_version, &credential, &run->err) < 0;

    if (failed)
        explain(run, &run->err);
    run->done(run->arg, failed ? NULL : &credential, failed ? run->err : NULL);
    exec_credential_clear(&credential);
}

static void on_ended(void *arg, const struct child_end *end)
{
    struct kube_exec_run *run = arg;

    if (run->done)
        finish(run, end);
    error_free(run->err);
    free(run);
}

static void on_killed(void *arg, const struct error *why)
{
    struct kube_exec_run *run = arg;

    if (error_kind(why) == ERROR_TIMEOUT) {
        error_set(&run->err, ERROR_TIMEOUT, "gave no answer within %llu s",
                  (unsigned long long)((run->timeout_ms + 999) / 1000));
    } else {
        run->err = error_copy(why);
        error_wrap(&run->err, "its answer");
    }
}

static size_t name_len(const char *assignment)
{
    return strcspn(assignment, "=");
}

static bool is_set_in(const struct strvec *env, const char *assignment)
{
    size_t len = name_len(assignment);

    for (size_t i = 0; i < env->len; i++)
        if (name_len(env->items[i]) == len && !strncmp(env->items[i], assignment, len))
            return true;
    return false;
}

/* Ours, with the plugin's own settings over it. */
static void make_environment(const struct kube_config *config, struct strvec *out)
{
    cleanup_free char *info = kube_exec_info(config);
    const struct strvec *own = &config->exec->env;

    strvec_pushf(out, "KUBERNETES_EXEC_INFO=%s", info);
    for (size_t i = own->len; i-- > 0;) /* the last of the same name counts */
        if (!is_set_in(out, own->items[i]))
            strvec_push(out, own->items[i]);
    for (char **e = environ; *e; e++)
        if (!is_set_in(out, *e))
            strvec_push(out, *e);
}

struct kube_exec_run *kube_exec_start(uv_loop_t *loop, const struct kube_config *config,
                                      uint64_t timeout_ms, kube_exec_done_fn *done, void *arg,
                                      struct error **err)
{
    static const struct child_events events = {.killed = on_killed, .ended = on_ended};
    const struct kube_exec *exec = config->exec;
    struct kube_exec_run *run = xcalloc(1, sizeof(*run));
    cleanup_strvec struct strvec env = {0};
    cleanup_strvec struct strvec args = {0};
    struct child_options options = {
        .program = exec->command, .shows_errors = true, .max_output_bytes = EXEC_OUTPUT_MAX_BYTES};

    run->config = config;
    run->done = done;
    run->arg = arg;
    run->timeout_ms = timeout_ms ? timeout_ms : EXEC_TIMEOUT_MS;
    make_environment(config, &env);
    strvec_push(&args, exec->command);
    for (size_t i = 0; i < exec->args.len; i++)
        strvec_push(&args, exec->args.items[i]);
    options.args = args.items;
    options.env = env.items;
    if (child_start(loop, &options, &events, run, &run->plugin, err) < 0) {
        error_wrap(err, "cannot start");
        explain(run, err);
        free(run);
        return NULL;
    }
    child_set_clock(run->plugin, run->timeout_ms);
    return run;
}

void kube_exec_cancel(struct kube_exec_run *run)
{
    assert(run->done);
    run->done = NULL;
    run->config = NULL;
    child_kill(run->plugin);
}
