/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source: the text of a script as LuaJIT reads it as Lua 5.1 (and Argo CD's interpreter) would.
 * In a quoted string a backslash before a character that it means nothing for is dropped: "%d\.%d".
 * LuaJIT refuses that, and knows escapes of later versions (\x, \z, \u).
 */
#ifndef GITOPSD_LUA_SOURCE_H
#define GITOPSD_LUA_SOURCE_H

#include "lib/base/buf.h"

/* Appends the text; lines stay where they are. */
void source_rewrite(const char *text, struct buf *out);

#endif
