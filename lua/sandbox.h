/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox: a Lua state in which a script can do nothing but compute.
 * LuaJIT, interpreted only: Lua 5.1 with goto, as the scripts that people have are written for.
 *
 * Always there: the base functions, `table`, and `require`, which finds what is in package.loaded
 * and package.preload and no files. `os` (time and date only) is found by require("os"), and its
 * functions in `table`, too, as Argo CD has it; the reading half of "json" by require("json"). With
 * open libraries also string, math, coroutine and the global os. Never there: io, debug, ffi, jit,
 * everything else of os, and what loads files or compiled code; print prints nothing.
 *
 * Memory is limited (memory.h): a script that wants more gets a Lua error. Time is not: whoever
 * runs a script ends it from outside (a C function of Lua may loop, too).
 *
 * Source: Argo CD, util/lua (argocd-behaviour 6.5).
 */
#ifndef GITOPSD_LUA_SANDBOX_H
#define GITOPSD_LUA_SANDBOX_H

#include "lua/memory.h"

#include <lua.h>
#include <stdbool.h>

struct sandbox {
    lua_State *lua;
    struct memory memory;
};

/* An empty state; `s` stays where it is. Everything else is called protected (lua_cpcall), since
 * memory may run out. */
void sandbox_init(struct sandbox *s);
void sandbox_clear(struct sandbox *s);

/* May raise a Lua error. */
void sandbox_open(lua_State *lua, bool open_libs);

#endif
