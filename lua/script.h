/* SPDX-License-Identifier: Apache-2.0 */
/*
 * script: one health script, run on one object, in a state of its own.
 * Contract: Argo CD's (argocd-behaviour 6.5). The globals are `obj`, the live object, and
 * `actionParams`, an empty table. The script returns {status=..., message=...}; nil or an empty
 * table is a result without status. The last of several returned values counts.
 *
 * Thread: any; a run takes as long as the script does. Memory: limited by the sandbox.
 * Errors: ERROR_INVALID: the script does not compile, it failed (the text is Lua's, with the line
 *         after "health.lua:"), or what it returned is of another form.
 */
#ifndef GITOPSD_LUA_SCRIPT_H
#define GITOPSD_LUA_SCRIPT_H

#include "lib/base/error.h"

#include <jansson.h>

struct script {
    const char *text;
    bool open_libs; /* string, math, coroutine and os as globals */
};

struct script_result {
    char *status; /* as the script says; "": it says none */
    char *message;
};

int script_run(const struct script *script, const json_t *object, struct script_result *out,
               struct error **err);

void script_result_clear(struct script_result *r);
#define cleanup_script_result __attribute__((cleanup(script_result_clear)))

#endif
