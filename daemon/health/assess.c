/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/health/assess.h"

#include "daemon/object/identity.h"

struct assessor {
    struct health_runner *runner;
    struct settings *settings; /* NULL: none yet */
};

struct assessor *assessor_new(uv_loop_t *loop, const char *program)
{
    struct assessor *a = xcalloc(1, sizeof(*a));

    a->runner = health_runner_new(loop, program);
    return a;
}

void assessor_free(struct assessor *a)
{
    if (!a)
        return;
    health_runner_free(a->runner);
    settings_unref(a->settings);
    free(a);
}

void assessor_set_settings(struct assessor *a, struct settings *s)
{
    settings_unref(a->settings);
    a->settings = settings_ref(s);
}

/* No text: none is run. */
static struct health_script script_of(const struct assessor *a, const json_t *live)
{
    const struct settings *s = a ? a->settings : NULL;
    cleanup_free char *group = NULL;
    cleanup_free char *version = NULL;

    if (!s || !json_object_size(s->health_scripts) || health_is_deleting(live))
        return (struct health_script){0};
    api_version_parts(object_string(live, "apiVersion"), &group, &version);
    return health_script_find(s, group, object_string(live, "kind"));
}

bool assess_takes_script(const struct assessor *a, const json_t *live)
{
    return script_of(a, live).text != NULL;
}

struct health_run *assess(struct assessor *a, const json_t *live, bool *has_health,
                          enum health_status *status, char **message, health_run_done_fn *done,
                          void *arg)
{
    struct health_script script = script_of(a, live);

    if (script.text)
        return health_runner_start(a->runner, &script, live, done, arg);
    *has_health = health_assess(live, status, message);
    return NULL;
}

struct health_runner_stats assessor_stats(const struct assessor *a)
{
    return health_runner_stats(a->runner);
}

uint64_t assessor_busy_since_ms(const struct assessor *a)
{
    return a ? health_runner_busy_since_ms(a->runner) : 0;
}

bool assess_changed(const struct settings *former, const struct settings *now, const char *group,
                    const char *kind)
{
    struct health_script before = health_script_find(former, group, kind);
    struct health_script after = health_script_find(now, group, kind);

    return !health_script_equal(&before, &after);
}
