/* SPDX-License-Identifier: Apache-2.0 */
/* What options say about themselves. */
#include "daemon/options/options_table.h"
#include "lib/base/buf.h"
#include "lib/base/suggest.h"
#include "lib/doc/yaml.h"

#include <unistd.h>

#define HELP_COLUMN 24
#define WIDTH 80
#define PREFIX "GITOPSD_" /* of variables */

/* Words of `text` on lines that begin with `lead`. The first one begins at `column`. */
static void put_wrapped(struct buf *out, const char *text, const char *lead, size_t column)
{
    bool is_first = true;

    while (*text) {
        size_t len = strcspn(text, " ");

        if (!is_first && column + 1 + len > WIDTH) {
            buf_printf(out, "\n%s", lead);
            column = strlen(lead);
        } else if (!is_first) {
            buf_putc(out, ' ');
            column++;
        }
        buf_put(out, text, len);
        column += len;
        text += len + (text[len] == ' ');
        is_first = false;
    }
    buf_putc(out, '\n');
}

static void put_help(struct buf *out, const struct option_def *def, const char *lead, size_t column)
{
    cleanup_free char *with_default =
        def->fallback ? xasprintf("%s (default %s)", def->help, def->fallback) : xstrdup(def->help);

    put_wrapped(out, with_default, lead, column);
}

char *options_usage(void)
{
    cleanup_buf struct buf out = BUF_UNLIMITED;
    cleanup_free char *lead = xasprintf("%*s", HELP_COLUMN, "");

    buf_puts(&out, "Usage: gitopsd [options]\n"
                   "\n"
                   "Make one Kubernetes cluster follow Git. Applications are the objects\n"
                   "applications.argoproj.io in the cluster, or files given with --app.\n"
                   "\n");
    for (size_t i = 0; i < option_count; i++) {
        const struct option_def *def = &option_table[i];
        size_t start = out.len;

        buf_printf(&out, "  --%s%s%s", def->name, def->argument ? " " : "",
                   def->argument ? def->argument : "");
        if (out.len - start > HELP_COLUMN - 2)
            buf_printf(&out, "\n%s", lead);
        else
            buf_printf(&out, "%*s", (int)(HELP_COLUMN - (out.len - start)), "");
        put_help(&out, def, lead, HELP_COLUMN);
    }
    buf_puts(&out, "\nExample: gitopsd --kubeconfig ~/.kube/config --app app.yaml\n");
    return xstrdup(out.data);
}

/* One value as YAML, without an end of line. */
static void put_scalar(struct buf *out, const char *text)
{
    json_t *value = json_string(text);
    cleanup_error struct error *err = NULL;

    if (!value || yaml_print(value, out, &err) < 0)
        buf_puts(out, "\"?\"\n");
    buf_truncate(out, out->len - 1);
    json_decref(value);
}

static void put_list(struct buf *out, const char *name, const struct strvec *texts,
                     const char *place)
{
    buf_printf(out, "%s: # %s\n", name, place);
    for (size_t i = 0; i < texts->len; i++) {
        buf_puts(out, "  - ");
        put_scalar(out, texts->items[i]);
        buf_putc(out, '\n');
    }
}

/* "/etc/gitopsd/gitopsd.yaml:3: poll-interval" names the setting once too often. */
static char *place_of(const struct option_def *def, const struct option_value *value)
{
    cleanup_free char *end = xasprintf(": %s", def->name);

    if (!value->place)
        return xstrdup("default");
    if (!str_has_suffix(value->place, end))
        return xstrdup(value->place);
    return xstrndup(value->place, strlen(value->place) - strlen(end));
}

/* What may have been meant for us. A Service of our name makes others (GITOPSD_PORT and so on). */
static void put_unknown_variable(struct buf *out, const char *entry)
{
    cleanup_free char *name = xstrndup(entry, strcspn(entry, "="));
    struct suggestion s = {.word = name + strlen(PREFIX)};
    cleanup_strvec struct strvec known = {0};
    cleanup_free char *hint = NULL;

    for (size_t i = 0; i < option_count; i++)
        strvec_take(&known, option_variable(&option_table[i]));
    if (strvec_has(&known, name))
        return;
    for (size_t i = 0; i < known.len; i++)
        suggestion_consider(&s, known.items[i] + strlen(PREFIX));
    hint = suggestion_text(&s, PREFIX);
    if (*hint)
        buf_printf(out, "# %s is no setting%s\n", name, hint);
}

char *options_effective(const struct options *options)
{
    cleanup_buf struct buf out = BUF_UNLIMITED;

    for (size_t i = 0; i < option_count; i++) {
        const struct option_def *def = &option_table[i];
        const struct option_value *value = &options->values[i];
        cleanup_free char *place = place_of(def, value);

        if (def->flag_only)
            continue;
        if (!value->texts.len) {
            buf_printf(&out, "# %s: not set\n", def->name);
        } else if (def->kind == OPTION_LIST) {
            put_list(&out, def->name, &value->texts, place);
        } else {
            buf_printf(&out, "%s: ", def->name);
            put_scalar(&out, value->texts.items[0]);
            buf_printf(&out, " # %s\n", place);
        }
    }
    for (char **entry = environ; *entry; entry++)
        if (str_has_prefix(*entry, PREFIX))
            put_unknown_variable(&out, *entry);
    return xstrdup(out.data);
}

char *options_example(void)
{
    cleanup_buf struct buf out = BUF_UNLIMITED;

    buf_puts(
        &out,
        "# gitopsd's configuration: every setting with its default, as a comment. It is read\n"
        "# from " OPTIONS_FILE ", or from where --config says. The environment counts\n"
        "# before it (GITOPSD_POLL_INTERVAL=5s; lists with commas), and the command line\n"
        "# before both (--poll-interval 5s). gitopsd --check-config tells what counts. What\n"
        "# \"kill -HUP\" (systemctl reload) is enough for says so; all else needs a restart.\n");
    for (size_t i = 0; i < option_count; i++) {
        const struct option_def *def = &option_table[i];

        if (def->flag_only)
            continue;
        buf_puts(&out, "\n# ");
        put_wrapped(&out, def->help, "# ", 2);
        if (def->reloads)
            buf_puts(&out, "# Can be reloaded.\n");
        if (def->kind == OPTION_LIST)
            buf_printf(&out, "#%s:\n#  - %s\n", def->name, def->argument);
        else
            buf_printf(&out, "#%s: %s\n", def->name, def->fallback ? def->fallback : def->argument);
    }
    return xstrdup(out.data);
}
