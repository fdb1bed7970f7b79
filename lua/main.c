/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gitopsd-lua: runs users' health scripts for gitopsd, one after the other.
 * Each line of standard input asks for one, each line of standard output answers it:
 *
 *   {"script":"return {status='Healthy'}","openLibs":true,"object":{...}}
 *   {"status":"Healthy","message":"","us":93}  what it returned; an empty status: none
 *   {"error":"health.lua:1: ...","us":40}      it failed
 *
 * `us` is the processor time that it took. A script that takes too much of it ends the process: the
 * parent sees by which signal. The scripts are not trusted: see lib/base/jail.h and lua/sandbox.h.
 */
#include "lib/base/jail.h"
#include "lib/doc/words.h"
#include "lib/doc/yaml.h"
#include "lua/memory.h"
#include "lua/script.h"

#include <stdio.h>
#include <unistd.h>

/* The sandbox, the request as text and as a document, and the program itself. */
#define MAX_BYTES (MEMORY_MAX_BYTES + (256u << 20))
#define MAX_SECONDS 1
#define MAX_MESSAGE_BYTES 4096

static json_t *error_answer(const char *message)
{
    return json_pack("{s:o}", "error", words_json(message, MAX_MESSAGE_BYTES));
}

static json_t *answer(const json_t *request)
{
    struct script script = {
        .text = json_string_value(json_object_get(request, "script")),
        .open_libs = json_is_true(json_object_get(request, "openLibs")),
    };
    const json_t *object = json_object_get(request, "object");
    cleanup_script_result struct script_result result = {0};
    cleanup_error struct error *err = NULL;

    if (!script.text || !object)
        return error_answer("not a request");
    if (script_run(&script, object, &result, &err) < 0)
        return error_answer(error_message(err));
    return json_pack("{s:o, s:o}", "status", words_json(result.status, MAX_MESSAGE_BYTES),
                     "message", words_json(result.message, MAX_MESSAGE_BYTES));
}

static void write_line(const json_t *line)
{
    cleanup_free char *text = json_dumps(line, JSON_COMPACT);

    printf("%s\n", text);
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
        cleanup_json json_t *request = json_loadb(line, (size_t)len, JSON_ALLOW_NUL, NULL);
        cleanup_json json_t *result = NULL;
        long before = jail_processor_us();

        jail_start_clock(MAX_SECONDS);
        result = answer(request);
        jail_stop_clock();
        json_object_set_new(result, "us", json_integer(jail_processor_us() - before));
        write_line(result);
    }
    _exit(0); /* no file can be opened, which those who look for leaks would want */
}
