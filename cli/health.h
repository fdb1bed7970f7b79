/* SPDX-License-Identifier: Apache-2.0 */
/*
 * health: `gitopsctl health OBJECT [--script FILE]`: the health of one live object, by the built-in
 * check of its kind or by a health script, which runs with open libraries, as the scripts that
 * Argo CD ships do. Where it needs them, a note says so, since a script of argocd-cm has to ask for
 * them; --open-libs leaves out the note.
 * Running it becomes the program gitopsctl-health (health_main.c), which is linked with Lua.
 */
#ifndef GITOPSD_CLI_HEALTH_H
#define GITOPSD_CLI_HEALTH_H

#include "cli/verb.h"

extern const struct verb health_verb;

#endif
