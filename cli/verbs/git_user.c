/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verbs/git_user.h"

#include "cli/input.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_ANSWER_BYTES 65536
#define MAX_KEY_BYTES 65536

extern char **environ;

/* ---- git credential fill ---- */

/* Starts it with pipes as its input and output. */
static int start(pid_t *pid, int *to, int *from)
{
    char *argv[] = {(char *)"git", (char *)"credential", (char *)"fill", NULL};
    posix_spawn_file_actions_t actions;
    int in[2];
    int out[2];
    int code;

    if (pipe2(in, O_CLOEXEC) < 0)
        return -1;
    if (pipe2(out, O_CLOEXEC) < 0) {
        close(in[0]);
        close(in[1]);
        return -1;
    }
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    code = posix_spawnp(pid, "git", &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(in[0]);
    close(out[1]);
    *to = in[1];
    *from = out[0];
    if (code == 0)
        return 0;
    close(*to);
    close(*from);
    return -1;
}

static int ask_git(const char *url, struct buf *answer)
{
    cleanup_free char *question = xasprintf("url=%s\n\n", url);
    cleanup_error struct error *err = NULL;
    size_t len = strlen(question);
    char piece[4096];
    ssize_t n = 0;
    int status;
    pid_t pid;
    int from;
    int to;

    if (start(&pid, &to, &from) < 0)
        return -1;
    if (write(to, question, len) != (ssize_t)len)
        len = 0;
    close(to);
    while (len && !err && (n = read(from, piece, sizeof(piece))) > 0)
        buf_append(answer, piece, (size_t)n, &err);
    close(from);
    while (waitpid(pid, &status, 0) < 0)
        continue;
    return len && !err && n == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
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
