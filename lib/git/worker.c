/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker: the child. One request is one line of JSON on standard input, its answer lines on
 * standard output: {"step":"fetch"} any number of times, then {"refs":[...]}, {} or
 * {"error":{"kind":1,"message":"..."}}.
 */
#include "lib/base/jail.h"
#include "lib/git/remote.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static void write_line(json_t *line)
{
    char *text = json_dumps(line, JSON_COMPACT | JSON_ENCODE_ANY);
    size_t len = text ? strlen(text) : 0, done = 0;

    if (text)
        text[len++] = '\n'; /* over the NUL */
    while (done < len) {
        ssize_t n = write(STDOUT_FILENO, text + done, len - done);
        if (n < 0 && errno != EINTR)
            _exit(1); /* nobody listens any more */
        done += n > 0 ? (size_t)n : 0;
    }
    free(text);
    json_decref(line);
}

void remote_step(struct remote_call *call, const char *step)
{
    call->step = step;
    write_line(json_pack("{s:s}", "step", step));
}

/* libgit2's messages may hold anything. */
static json_t *text_or_note(const char *message)
{
    json_t *text = json_string(message);

    return text ? text : json_string("a message that is not UTF-8");
}

static void run(const json_t *request)
{
    struct remote_call call = {.step = "open"};
    const char *op = json_string_value(json_object_get(request, "op"));
    cleanup_error struct error *err = NULL;
    json_t *refs = NULL;
    int code = -1;

    call.url = json_string_value(json_object_get(request, "url"));
    call.creds = git_credentials_from_json(json_object_get(request, "credentials"));
    call.max_bytes = (uint64_t)json_integer_value(json_object_get(request, "max_bytes"));
    if (!call.url || !op) {
        error_set(&err, ERROR_INTERNAL, "a request without URL or operation");
    } else if (git_url_check(call.url, &err) == 0 && remote_use_tls(call.creds, &err) == 0) {
        call.shown = git_url_shown(call.url);
        call.userinfo = git_url_userinfo(call.url);
        if (strcmp(op, "list") == 0) {
            code = remote_list(&call, &refs, &err);
        } else {
            const char *dir = json_string_value(json_object_get(request, "dir"));
            const char *oid = json_string_value(json_object_get(request, "oid"));
            code = remote_fetch(&call, dir ? dir : "",
                                json_string_value(json_object_get(request, "ref")), oid ? oid : "",
                                json_string_value(json_object_get(request, "tag")), &err);
        }
    }
    if (code < 0)
        write_line(json_pack("{s:{s:i, s:i, s:o}}", "error", "kind", (int)error_kind(err), "code",
                             error_code(err), "message", text_or_note(error_message(err))));
    else if (refs)
        write_line(json_pack("{s:o}", "refs", refs));
    else
        write_line(json_object());
    error_free(call.err);
    free(call.shown);
    git_secret_free(call.userinfo);
    git_credentials_free(call.creds);
}

int git_worker_main(void)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;

    jail_guard_memory();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, "gitopsd-git"); /* not "exe" */
    signal(SIGPIPE, SIG_IGN);
    umask(077);
    git_library_init();
    while ((len = getline(&line, &cap, stdin)) > 0) {
        json_t *request = json_loadb(line, (size_t)len, 0, NULL);
        memset(line, 0, (size_t)len);
        if (!request)
            break;
        run(request);
        json_decref(request);
    }
    git_secret_free(line);
    git_libgit2_shutdown();
    return 0;
}
