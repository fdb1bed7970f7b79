/* SPDX-License-Identifier: Apache-2.0 */
/* options_table: all options, in the order of the help. Inside options only. */
#ifndef GITOPSD_DAEMON_OPTIONS_OPTIONS_TABLE_H
#define GITOPSD_DAEMON_OPTIONS_OPTIONS_TABLE_H

#include "daemon/options/options.h"

enum option_kind {
    OPTION_TEXT,     /* const char * */
    OPTION_LIST,     /* struct strvec; the flag may be repeated */
    OPTION_DURATION, /* uint64_t, ms */
    OPTION_COUNT,    /* size_t */
    OPTION_WORD,     /* whatever `read` makes of it */
    OPTION_BOOL,     /* bool; the flag may be without a value, and is true then */
    OPTION_SWITCH,   /* bool: a flag without a value, of the command line only */
};

struct option_def {
    const char *name;
    enum option_kind kind;
    size_t offset;        /* of its field */
    const char *argument; /* what stands for the value in the help */
    const char *fallback; /* the default; NULL: none, or it depends, as the help tells */
    uint64_t min, max;    /* of numbers; max 0: any */
    bool reloads;         /* SIGHUP is enough */
    bool flag_only;       /* not in the file */
    /* Of OPTION_WORD; of OPTION_TEXT and OPTION_LIST it may check one value. */
    int (*read)(struct options *out, const char *value, struct error **err);
    const char *help;
};

extern const struct option_def option_table[];
extern const size_t option_count;

/* -1: there is none of that name. */
int option_find(const char *name);
/* "; did you mean PREFIXname?" or "". Heap string. */
char *option_suggestion(const char *name, const char *prefix);
/* GITOPSD_POLL_INTERVAL. Heap string. */
char *option_variable(const struct option_def *def);

#endif
