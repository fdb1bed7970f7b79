/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/words.h"

#include "cli/verbs/table.h"

#define SEPARATORS "[]| "

/* "table"; "revision=" of "revision=COMMIT". */
static bool is_literal(const char *word, size_t len)
{
    if (len && word[len - 1] == '=')
        len--;
    for (size_t i = 0; i < len; i++)
        if ((word[i] < 'a' || word[i] > 'z') && !(i && word[i] == '-'))
            return false;
    return len > 0;
}

void words_put_literal(const char *text, const char *between, struct buf *out)
{
    size_t start = out->len;

    for (const char *at = text; *at;) {
        size_t len = strcspn(at, SEPARATORS);
        size_t fixed = strcspn(at, SEPARATORS "=");

        fixed += at[fixed] == '=';
        if (is_literal(at, fixed))
            buf_printf(out, "%s%.*s", out->len > start ? between : "", (int)fixed, at);
        at += len;
        at += strspn(at, SEPARATORS);
    }
}

void words_put_verbs(const char *between, struct buf *out)
{
    for (size_t i = 0; verbs[i]; i++)
        buf_printf(out, "%s%s", i ? between : "", verbs[i]->name);
}

static unsigned words_of(const char *text)
{
    cleanup_buf struct buf literal = BUF_UNLIMITED;
    unsigned words = 0;

    words_put_literal(text, " ", &literal);
    if (literal.len)
        words |= WORDS_LITERAL;
    if (strstr(text, "FILE") || strstr(text, "DIR") || strstr(text, "PATH") ||
        strstr(text, "OBJECT"))
        words |= WORDS_FILES;
    if (strstr(text, "APP"))
        words |= WORDS_APPS;
    if (strstr(text, "VERB"))
        words |= WORDS_VERBS;
    return words;
}

unsigned words_of_option(const struct option_spec *spec)
{
    if (!spec->value)
        return 0;
    if (streq(spec->name, "context") || streq(spec->name, "contexts"))
        return WORDS_CONTEXTS;
    return words_of(spec->value);
}

unsigned words_of_arguments(const struct verb *verb)
{
    return verb->arguments ? words_of(verb->arguments) : 0;
}

const struct option_spec *words_next_option(const struct verb *verb, struct words_place *it)
{
    const struct option_spec *tables[OPTIONS_MAX_TABLES];

    verb_tables(verb, tables);
    while (tables[it->table]) {
        const struct option_spec *spec = &tables[it->table][it->row];

        if (!spec->name)
            *it = (struct words_place){.table = it->table + 1};
        else if (it->row++, spec->help)
            return spec;
    }
    return NULL;
}

void words_put_quoted(struct buf *out, const char *text, const char *quote)
{
    for (; *text; text++) {
        if (*text == '\'')
            buf_puts(out, quote);
        else
            buf_putc(out, *text);
    }
}
