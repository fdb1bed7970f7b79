/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pairs: the base function `pairs`, in order: numbers first, then strings, then the rest.
 * LuaJIT's own order differs from state to state, so that a message which a script puts together
 * in a loop would be another one each time. `next` is as it was.
 *
 * The strings of a table of the object go by name. In a table that the script made they go in the
 * order in which each first appeared: in the script, in the object, or when the script put it
 * together. That is nearly always the order in which they were put into the table, which Argo
 * CD's interpreter keeps and LuaJIT forgets.
 */
#ifndef GITOPSD_LUA_PAIRS_H
#define GITOPSD_LUA_PAIRS_H

#include <lua.h>

/* A lua_CFunction. An entry that is set to nil while the loop runs is left out, as usual. */
int pairs_in_order(lua_State *lua);

#endif
