/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/manual.h"
#include "cli/verbs/print.h"
#include "cli/verbs/table.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int make_directory(const char *path, struct error **err)
{
    if (mkdir(path, 0777) < 0 && errno != EEXIST)
        return error_set(err, ERROR_UNAVAILABLE, "%s: %s", path, strerror(errno));
    return 0;
}

/* DIRECTORY/manSECTION/NAME.SECTION */
static int write_page(const char *directory, const char *name, int section, const struct buf *text,
                      struct error **err)
{
    cleanup_free char *folder = xasprintf("%s/man%d", directory, section);
    cleanup_free char *path = xasprintf("%s/%s.%d", folder, name, section);
    bool is_written;
    FILE *f;

    if (make_directory(folder, err) < 0)
        return -1;
    f = fopen(path, "w");
    is_written = f && fwrite(text->data, 1, text->len, f) == text->len;
    if ((f && fclose(f) != 0) || !is_written)
        return error_set(err, ERROR_UNAVAILABLE, "%s: %s", path, strerror(errno));
    return 0;
}

static int write_all(const char *directory, struct error **err)
{
    cleanup_buf struct buf overview = BUF_UNLIMITED;
    cleanup_buf struct buf daemon = BUF_UNLIMITED;

    manual_overview(&overview);
    manual_daemon(&daemon);
    if (make_directory(directory, err) < 0 ||
        write_page(directory, "gitopsctl", 1, &overview, err) < 0 ||
        write_page(directory, "gitopsd", 8, &daemon, err) < 0)
        return -1;
    for (size_t i = 0; verbs[i]; i++) {
        cleanup_buf struct buf page = BUF_UNLIMITED;
        cleanup_free char *name = xasprintf("gitopsctl-%s", verbs[i]->name);

        manual_verb(verbs[i], &page);
        if (write_page(directory, name, 1, &page, err) < 0)
            return -1;
    }
    return 0;
}

/* As `git help` does: on a terminal a page is to be read. False: there is no man. */
static bool show_page(const struct buf *page)
{
    FILE *reader = popen("man -l - 2>/dev/null", "w");

    if (!reader)
        return false;
    fwrite(page->data, 1, page->len, reader); /* who leaves early has read enough */
    return pclose(reader) == 0;
}

static int man_run(const struct invocation *in, struct error **err)
{
    const char *directory = options_text(in->options, "directory");
    const char *name = options_argument(in->options, 0);
    const struct verb *verb = name ? verb_find(name) : NULL;
    cleanup_buf struct buf page = BUF_UNLIMITED;

    if (directory)
        return write_all(directory, err);
    if (name && !verb && !streq(name, "gitopsd"))
        return misuse(err, "there is no verb %s; 'gitopsctl --help' lists all", name);
    if (verb)
        manual_verb(verb, &page);
    else if (name)
        manual_daemon(&page);
    else
        manual_overview(&page);
    if (!isatty(STDOUT_FILENO) || !show_page(&page))
        print_text(&page);
    return 0;
}

static const struct option_spec options[] = {
    {"directory", 0, "DIR", "write all pages there instead (man1, man8)"},
    {.name = NULL},
};

const struct verb man_verb = {
    .name = "man",
    .summary = "show a manual page",
    .arguments = "[VERB|gitopsd]",
    .max_arguments = 1,
    .about =
        "Of gitopsctl, of one verb, or of gitopsd: by man on a terminal, else in the form that\n"
        "man reads. A package of gitopsd installs them all.\n",
    .examples = "gitopsctl man sync\n"
                "gitopsctl man sync | mandoc -Thtml >sync.html\n",
    .options = options,
    .group = VERB_OTHER,
    .run = man_run,
};
