/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock: os.time as Argo CD's interpreter has it: what a table lacks, or has as no number, is -1
 * (hour: 12, minute and second: 0), where Lua raises an error. Times are UTC.
 */
#ifndef GITOPSD_LUA_CLOCK_H
#define GITOPSD_LUA_CLOCK_H

#include <lua.h>

/* A lua_CFunction: ([table]). */
int clock_time(lua_State *lua);

#endif
