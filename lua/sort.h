/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sort: table.sort that keeps the order of what is equal, as Argo CD's interpreter does for lists
 * of up to twelve entries: conditions of the same second stay in the order of the object. No
 * comparison, however it contradicts itself, is an error.
 */
#ifndef GITOPSD_LUA_SORT_H
#define GITOPSD_LUA_SORT_H

#include <lua.h>

/* A lua_CFunction: (table [, less]). */
int sort_stable(lua_State *lua);

#endif
