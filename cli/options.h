/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options: the command line of a verb, read by tables of what it may say.
 * "--name VALUE", "--name=VALUE", "-n VALUE", "-nVALUE", "-n=VALUE"; flags are "--name", or
 * "--name=false" to take one back; letters of flags may stand together ("-Aw"). All else, and
 * everything behind "--", is an argument; so is "-".
 * Memory: values are borrowed from argv.
 * Errors: ERROR_INVALID, naming the option, with what was probably meant.
 */
#ifndef GITOPSD_CLI_OPTIONS_H
#define GITOPSD_CLI_OPTIONS_H

#include "lib/base/error.h"
#include "lib/base/vec.h"

struct option_spec {
    const char *name;  /* "output" of --output; {.name = NULL} ends a table */
    char letter;       /* 'o' of -o; 0: none */
    const char *value; /* what the help calls its value, "FILE"; NULL: it is a flag.
                          "a|b|c=X" are the values that it may have, DURATION is one of time */
    const char *help;  /* what it does, in one line; NULL: not shown */
};

#define OPTIONS_MAX_TABLES 8

struct options {
    const struct option_spec *tables[OPTIONS_MAX_TABLES]; /* NULL after the last */
    struct ptrvec given;                                  /* struct option_given, in their order */
    struct ptrvec arguments;                              /* const char *, borrowed */
};

/* `argv` is ended by NULL. `o` has its tables; clear it in any case. */
int options_parse(struct options *o, char *const *argv, struct error **err);
void options_clear(struct options *o);

/* By long name. Asking for what is in none of the tables is a bug. */
bool options_has(const struct options *o, const char *name);
/* The value that was given last; NULL: none. */
const char *options_text(const struct options *o, const char *name);
/* All values, in their order. */
void options_list(const struct options *o, const char *name, struct strvec *values);
/* Of an option whose value is a DURATION ("90s", "5m"; a bare number counts seconds); `otherwise`
 * where it was not given. */
uint64_t options_duration_ms(const struct options *o, const char *name, uint64_t otherwise);
/* The i-th argument; NULL behind the last. */
const char *options_argument(const struct options *o, size_t i);

#define cleanup_options __attribute__((cleanup(options_clear)))

#endif
