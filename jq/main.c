/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gitopsd-jq: evaluates the jq expressions of users for gitopsd, in a process that may be killed.
 *
 * One request is one line on standard input, {"expression":"...","document":{...}}; its answer one
 * line on standard output: {"paths":[[...],...]}, {"error":"..."} where the expression fails for
 * this document, or {"invalid":"..."} where it does not compile; each with "us", the time it took.
 * An expression that takes too much time or memory ends the process: the parent sees by which
 * signal.
 *
 * The expressions are not trusted: the environment is empty, no file can be opened, memory and time
 * are limited.
 */
#include "jq/program.h"
#include "lib/base/jail.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MAX_BYTES (512u << 20)
#define MAX_SECONDS 1
/* Compiling takes jq 50 ms: its own functions are written in jq. */
#define PROGRAMS 16

static struct program *find_program(const char *expression)
{
    static struct program *programs[PROGRAMS];
    static unsigned next;
    struct program **slot;

    for (unsigned i = 0; i < PROGRAMS; i++)
        if (programs[i] && program_is(programs[i], expression))
            return programs[i];
    slot = &programs[next++ % PROGRAMS];
    program_free(*slot);
    *slot = program_new(expression);
    return *slot;
}

static jv answer(jv request)
{
    jv expression, document, result;
    struct program *program;
    long before;

    if (jv_get_kind(request) != JV_KIND_OBJECT) {
        jv_free(request);
        return program_error("not a request");
    }
    expression = jv_object_get(jv_copy(request), jv_string("expression"));
    document = jv_object_get(request, jv_string("document"));
    if (jv_get_kind(expression) != JV_KIND_STRING || !jv_is_valid(document)) {
        jv_free(expression);
        jv_free(document);
        return program_error("not a request");
    }
    jail_start_clock(MAX_SECONDS);
    program = find_program(jv_string_value(expression));
    jv_free(expression);
    jail_start_clock(MAX_SECONDS);
    before = jail_processor_us();
    result = program_run(program, document);
    return jv_object_set(result, jv_string("us"),
                         jv_number((double)(jail_processor_us() - before)));
}

static void write_line(jv line)
{
    jv text = jv_dump_string(line, 0);

    fwrite(jv_string_value(text), 1, (size_t)jv_string_length_bytes(jv_copy(text)), stdout);
    jv_free(text);
    putchar('\n');
    if (fflush(stdout) != 0)
        _exit(1); /* nobody listens any more */
}

int main(void)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;

    jail_enter(MAX_BYTES);
    while ((len = getline(&line, &cap, stdin)) > 0) {
        write_line(answer(jv_parse_sized(line, (int)len)));
        jail_stop_clock();
    }
    _exit(0); /* no file can be opened, which those who look for leaks would want */
}
