/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/git_user.h"

#include "cli/input.h"
#include "lib/base/run.h"

#include <sys/wait.h>

#define MAX_ANSWER_BYTES 65536
#define MAX_KEY_BYTES 65536

/* ---- git credential fill ---- */

static int ask_git(const char *url, struct buf *answer)
{
    static const char *const args[] = {"git", "credential", "fill", NULL};
    cleanup_free char *question = xasprintf("url=%s\n\n", url);
    const struct run_spec spec = {.args = args, .input = question, .shows_errors = true};
    cleanup_error struct error *ignored = NULL;
    int status;

    if (strlen(question) > RUN_INPUT_MAX_BYTES || run_program(&spec, answer, &status, &ignored) < 0)
        return -1;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

/* The value of a line "name=value"; NULL: there is none. Heap string. */
static char *value_of(const char *answer, const char *name)
{
    size_t len = strlen(name);

    for (const char *line = answer; *line; line += strcspn(line, "\n"), line += *line == '\n')
        if (strncmp(line, name, len) == 0 && line[len] == '=')
            return xstrndup(line + len + 1, strcspn(line + len + 1, "\n"));
    return NULL;
}

static struct git_credentials *over_http(const char *url)
{
    struct buf answer = BUF_INIT(MAX_ANSWER_BYTES);
    struct git_credentials *c = xcalloc(1, sizeof(*c));

    if (!strchr(url, '\n') && ask_git(url, &answer) == 0) {
        c->username = value_of(answer.data, "username");
        c->password = value_of(answer.data, "password");
    }
    explicit_bzero(answer.data, answer.cap ? answer.len : 0);
    buf_clear(&answer);
    if (c->password)
        return c;
    git_credentials_free(c);
    return NULL;
}

/* ---- key files ---- */

static bool has_passphrase(const char *pem)
{
    /* Base64 of "openssh-key-v1", NUL, and "none" as its cipher; older forms say it in words. */
    return str_has_prefix(pem, "-----BEGIN OPENSSH PRIVATE KEY-----")
               ? !strstr(pem, "b3BlbnNzaC1rZXktdjEAAAAABG5vbmU")
               : strstr(pem, "ENCRYPTED") != NULL;
}

static struct git_credentials *over_ssh(void)
{
    static const char *const names[] = {"id_ed25519", "id_ecdsa", "id_rsa"};
    const char *home = getenv("HOME");

    for (size_t i = 0; home && i < ARRAY_LEN(names); i++) {
        cleanup_free char *path = xasprintf("%s/.ssh/%s", home, names[i]);
        cleanup_error struct error *ignored = NULL;
        struct buf key = BUF_INIT(MAX_KEY_BYTES);
        struct git_credentials *c;

        if (input_read(path, &key, &ignored) < 0 || has_passphrase(key.data)) {
            buf_clear(&key);
            continue;
        }
        c = xcalloc(1, sizeof(*c));
        c->ssh_private_key = buf_take(&key);
        return c;
    }
    return NULL;
}

struct git_credentials *git_user_credentials(const char *url)
{
    return str_has_prefix(url, "http://") || str_has_prefix(url, "https://") ? over_http(url)
                                                                             : over_ssh();
}
