/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source: the text of a script as LuaJIT reads it as Lua 5.1 (and Argo CD's interpreter) would.
 * In a quoted string a backslash before a character that it means nothing for is dropped: "%d\.%d".
 * LuaJIT refuses that, and knows escapes of later versions (\x, \z, \u).
 * A semicolon more than one, which Argo CD's interpreter takes, is dropped.
 * With `joins`, each operator `..` becomes `..true..`, for text.h: it binds the same operands.
 */
#ifndef GITOPSD_LUA_SOURCE_H
#define GITOPSD_LUA_SOURCE_H

#include "lib/base/buf.h"

#include <stdbool.h>

/* Appends the text; lines stay where they are. */
void source_rewrite(const char *text, bool joins, struct buf *out);

#endif
