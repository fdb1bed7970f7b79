/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text: numbers as text as Argo CD's interpreter (gopher-lua) prints them: whole ones in full, as
 * int64, others in the shortest digits that mean the number, as Go does (0.30000000000000004,
 * 1.5e+07). LuaJIT prints 14 digits: 1e+14, and Git's short names or sums of money lose their end.
 *
 * The functions that make text of numbers are replaced. `..` cannot be: source.h writes each as
 * `..true..`, and booleans get a __concat that puts the two sides together. What is to the right
 * is held back in a table for a moment, which a __concat of the script's own would see: not for
 * scripts that have one.
 */
#ifndef GITOPSD_LUA_TEXT_H
#define GITOPSD_LUA_TEXT_H

#include <lua.h>

/* For a text that was rewritten so. May raise a Lua error, as all below. */
void text_open_operator(lua_State *lua);

/* Of the base functions and `table`. */
void text_open(lua_State *lua);

/* Of `string`, after it has been opened. */
void text_open_string(lua_State *lua);

#endif
