/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gitopsctl-health: started by gitopsctl, with the same arguments.
 * Prints "STATUS: message", or "no health: why", and ends with 0; with 2 where it cannot tell.
 */
#include "cli/command_line.h"
#include "cli/health.h"
#include "cli/input.h"
#include "daemon/health/builtin.h"
#include "lib/base/jail.h"
#include "lib/doc/yaml.h"
#include "lua/script.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define INPUT_MAX_BYTES (16u << 20)
#define SCRIPT_MAX_SECONDS 1 /* as for gitopsd */

static int load_object(const char *path, json_t **out, struct error **err)
{
    cleanup_buf struct buf text = BUF_INIT(INPUT_MAX_BYTES);
    cleanup_json json_t *docs = NULL;
    const json_t *object;

    if (input_read(path, &text, err) < 0 ||
        yaml_parse_last_wins(input_name(path), text.data, text.len, YAML_KUBECTL, &docs, err) < 0)
        return -1;
    if (json_array_size(docs) != 1)
        return error_set(err, ERROR_INVALID, "%s: holds %zu documents, not one object",
                         input_name(path), json_array_size(docs));
    object = json_array_get(docs, 0);
    if (!json_is_string(json_object_get(object, "apiVersion")) ||
        !json_is_string(json_object_get(object, "kind")))
        return error_set(err, ERROR_INVALID,
                         "%s: no Kubernetes object: it has no apiVersion or "
                         "no kind",
                         input_name(path));
    *out = json_incref((json_t *)object);
    return 0;
}

static void print_health(enum health_status status, const char *message)
{
    printf("%s: %s\n", health_status_name(status), message ? message : "");
}

static void on_late(int number)
{
    static const char text[] = "Unknown: the health script took longer than 1 s\n";

    (void)number;
    _exit(write(STDOUT_FILENO, text, sizeof(text) - 1) > 0 ? 0 : 2);
}

static void on_late_again(int number)
{
    (void)number;
    _exit(0); /* the answer is out */
}

/* Does it run without open libraries, too? */
static void check_closed(const char *text, const json_t *object)
{
    struct script script = {.text = text};
    cleanup_script_result struct script_result result = {0};
    cleanup_error struct error *err = NULL;

    fflush(stdout);
    signal(SIGPROF, on_late_again);
    jail_start_clock(SCRIPT_MAX_SECONDS);
    script_run(&script, object, &result, &err);
    jail_stop_clock();
    if (err)
        fprintf(stderr,
                "note: in argocd-cm this script needs resource.customizations.useOpenLibs...: "
                "\"true\"; without it: %s\n",
                error_message(err));
}

static void assess_by_script(const char *text, bool open_libs, const json_t *object)
{
    struct script script = {.text = text, .open_libs = true};
    cleanup_script_result struct script_result result = {0};
    cleanup_error struct error *err = NULL;
    enum health_status status;
    const char *message;

    signal(SIGPROF, on_late);
    jail_start_clock(SCRIPT_MAX_SECONDS);
    script_run(&script, object, &result, &err);
    jail_stop_clock();
    message = result.message;
    if (health_of_script(err ? error_message(err) : NULL, result.status, &status, &message))
        print_health(status, message);
    else
        puts("no health: the script returned no status");
    if (!err && !open_libs)
        check_closed(text, object);
}

static void assess_by_kind(const json_t *object)
{
    cleanup_free char *message = NULL;
    enum health_status status;

    if (health_assess(object, &status, &message))
        print_health(status, message);
    else
        printf("no health: nothing is known of %s %s, and it has no conditions that tell\n",
               json_string_value(json_object_get(object, "apiVersion")),
               json_string_value(json_object_get(object, "kind")));
}

static int health(const struct invocation *in, struct error **err)
{
    const char *path = options_argument(in->options, 0);
    const char *script = options_text(in->options, "script");
    cleanup_json json_t *object = NULL;
    cleanup_buf struct buf text = BUF_INIT(INPUT_MAX_BYTES);

    if (streq(path, "-") && streq(script, "-"))
        return misuse(err, "only one of object and script can be \"-\"");
    if (load_object(path, &object, err) < 0 || (script && input_read(script, &text, err) < 0))
        return -1;
    if (script)
        assess_by_script(text.data, options_has(in->options, "open-libs"), object);
    else
        assess_by_kind(object);
    return 0;
}

int main(int argc, char **argv)
{
    struct verb verb = health_verb;

    (void)argc;
    setenv("TZ", "UTC", 1); /* as in a cluster: a script may ask for the time */
    verb.run = health;
    return verb_run(&verb, argv + 1);
}
