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
 * Memory is limited: a script that wants more gets a Lua error. Time is not: whoever runs a script
 * ends it from outside (a C function of Lua may loop, too).
 *
 * Source: Argo CD, util/lua (argocd-behaviour 6.5).
 */
#ifndef GITOPSD_LUA_SANDBOX_H
#define GITOPSD_LUA_SANDBOX_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A document of a megabyte becomes some 20 MB of tables. */
#define SANDBOX_MAX_BYTES (128u << 20)

struct sandbox {
    lua_State *lua;
    size_t used_bytes;
    uint64_t serial; /* of the block of memory that was made last */
    const char *newest;
    size_t string_offset;              /* of a string's text in its block; 0: unknown */
    uint64_t object_after, object_end; /* what was made for the object, set by whoever pushes it */
};

/* An empty state; everything else is called protected (lua_cpcall), since memory may run out. */
void sandbox_init(struct sandbox *s);
void sandbox_clear(struct sandbox *s);

struct sandbox *sandbox_of(lua_State *lua);

/* When the string or the table at `index` was made: the later, the larger. 0: unknown. */
uint64_t sandbox_serial(lua_State *lua, int index);

/* May raise a Lua error. */
void sandbox_open(lua_State *lua, bool open_libs);

#endif
