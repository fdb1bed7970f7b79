/* SPDX-License-Identifier: Apache-2.0 */
#include "lua/sandbox.h"

#include "lib/base/mem.h"
#include "lua/clock.h"
#include "lua/json.h"
#include "lua/pairs.h"
#include "lua/sort.h"
#include "lua/text.h"

#include <lauxlib.h>
#include <luajit.h>
#include <lualib.h>

void sandbox_init(struct sandbox *s)
{
    *s = (struct sandbox){0};
    s->lua = lua_newstate(memory_allocate, &s->memory);
    if (!s->lua)
        abort(); /* out of memory */
    luaJIT_setmode(s->lua, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
}

void sandbox_clear(struct sandbox *s)
{
    if (s->lua)
        lua_close(TAKE(s->lua));
}

/* ---- base ---- */

static int print_nothing(lua_State *lua)
{
    (void)lua;
    return 0;
}

/* load() asks a function for the text, piece by piece. */
static const char *next_piece(lua_State *lua, void *arg, size_t *len)
{
    const char *text;

    (void)arg;
    lua_pushvalue(lua, 1);
    lua_call(lua, 0, 1);
    text = lua_tolstring(lua, -1, len);
    if (!text && !lua_isnil(lua, -1))
        luaL_error(lua, "reader function must return a string");
    lua_replace(lua, 3); /* keeps it alive */
    return text;
}

/* load and loadstring, of text only. */
static int load_text(lua_State *lua)
{
    size_t len;
    const char *name = luaL_optstring(lua, 2, "=(load)");
    int failed;

    if (lua_isfunction(lua, 1)) {
        lua_settop(lua, 3);
        failed = lua_loadx(lua, next_piece, NULL, name, "t");
    } else {
        const char *text = luaL_checklstring(lua, 1, &len);

        failed = luaL_loadbufferx(lua, text, len, name, "t");
    }
    if (!failed)
        return 1;
    lua_pushnil(lua);
    lua_insert(lua, -2);
    return 2;
}

/* upvalues: package.loaded, package.preload */
static int require_module(lua_State *lua)
{
    const char *name = luaL_checkstring(lua, 1);

    lua_settop(lua, 1);
    lua_getfield(lua, lua_upvalueindex(1), name);
    if (lua_toboolean(lua, -1))
        return 1;
    lua_getfield(lua, lua_upvalueindex(2), name);
    if (!lua_isfunction(lua, -1))
        return luaL_error(lua, "module '%s' not found", name);
    lua_pushvalue(lua, 1);
    lua_call(lua, 1, 1);
    if (lua_isnil(lua, -1)) {
        lua_pop(lua, 1);
        lua_pushboolean(lua, 1);
    }
    lua_pushvalue(lua, -1);
    lua_setfield(lua, lua_upvalueindex(1), name);
    return 1;
}

static void open_one(lua_State *lua, lua_CFunction open, const char *name)
{
    lua_pushcfunction(lua, open);
    lua_pushstring(lua, name);
    lua_call(lua, 1, 0);
}

static void drop_global(lua_State *lua, const char *name)
{
    lua_pushnil(lua);
    lua_setglobal(lua, name);
}

static void open_base(lua_State *lua)
{
    open_one(lua, luaopen_base, "");
    drop_global(lua, "dofile");
    drop_global(lua, "loadfile");
    lua_register(lua, "print", print_nothing);
    lua_register(lua, "pairs", pairs_in_order);
    lua_register(lua, "load", load_text);
    lua_register(lua, "loadstring", load_text);
}

/* ---- os ---- */

/* Of the library's functions, those that only tell the time. Leaves the table on the stack. */
static void make_safe_os(lua_State *lua)
{
    static const char *const safe[] = {"date", "clock", "difftime"};

    open_one(lua, luaopen_os, LUA_OSLIBNAME);
    lua_getglobal(lua, LUA_OSLIBNAME);
    lua_createtable(lua, 0, (int)ARRAY_LEN(safe));
    for (size_t i = 0; i < ARRAY_LEN(safe); i++) {
        lua_getfield(lua, -2, safe[i]);
        lua_setfield(lua, -2, safe[i]);
    }
    lua_pushcfunction(lua, clock_time);
    lua_setfield(lua, -2, "time");
    lua_remove(lua, -2);
    drop_global(lua, LUA_OSLIBNAME);
}

/* upvalue: the table */
static int load_os(lua_State *lua)
{
    lua_pushvalue(lua, lua_upvalueindex(1));
    return 1;
}

/* [loaded, preload, os] -> the same */
static void place_os(lua_State *lua, bool is_global)
{
    lua_getglobal(lua, LUA_TABLIBNAME);
    lua_getfield(lua, -2, "time");
    lua_setfield(lua, -2, "time");
    lua_getfield(lua, -2, "date");
    lua_setfield(lua, -2, "date");
    lua_pop(lua, 1);
    lua_pushvalue(lua, -1);
    lua_pushcclosure(lua, load_os, 1);
    lua_setfield(lua, -3, LUA_OSLIBNAME);
    lua_pushnil(lua);
    lua_setfield(lua, -4, LUA_OSLIBNAME);
    if (is_global) {
        lua_pushvalue(lua, -1);
        lua_setglobal(lua, LUA_OSLIBNAME);
    }
}

/* ---- the whole ---- */

/* The functions that LuaJIT left behind of Lua 5.1. */
static void add_old_name(lua_State *lua, const char *library, const char *old, const char *now)
{
    lua_getglobal(lua, library);
    lua_getfield(lua, -1, now);
    lua_setfield(lua, -2, old);
    lua_pop(lua, 1);
}

static void open_table(lua_State *lua)
{
    open_one(lua, luaopen_table, LUA_TABLIBNAME);
    lua_getglobal(lua, LUA_TABLIBNAME);
    lua_pushcfunction(lua, sort_stable);
    lua_setfield(lua, -2, "sort");
    lua_pop(lua, 1);
}

static void open_more(lua_State *lua)
{
    open_one(lua, luaopen_string, LUA_STRLIBNAME);
    open_one(lua, luaopen_math, LUA_MATHLIBNAME);
    text_open_string(lua);
    add_old_name(lua, LUA_STRLIBNAME, "gfind", "gmatch");
    add_old_name(lua, LUA_MATHLIBNAME, "mod", "fmod");
    lua_getglobal(lua, LUA_STRLIBNAME);
    lua_pushnil(lua);
    lua_setfield(lua, -2, "dump"); /* compiled code */
    lua_pop(lua, 1);
}

/* [loaded, preload] -> the same */
static void make_package(lua_State *lua)
{
    lua_createtable(lua, 0, 2);
    lua_pushvalue(lua, -3);
    lua_setfield(lua, -2, "loaded");
    lua_pushvalue(lua, -2);
    lua_setfield(lua, -2, "preload");
    lua_setglobal(lua, "package");
    lua_pushcfunction(lua, json_module);
    lua_setfield(lua, -2, "json");
    lua_pushvalue(lua, -2);
    lua_pushvalue(lua, -2);
    lua_pushcclosure(lua, require_module, 2);
    lua_setglobal(lua, "require");
}

void sandbox_open(lua_State *lua, bool open_libs)
{
    memory_measure_strings(lua);
    open_base(lua);
    open_table(lua);
    text_open(lua);
    if (open_libs)
        open_more(lua);
    else
        drop_global(lua, LUA_COLIBNAME);
    lua_getfield(lua, LUA_REGISTRYINDEX, "_LOADED");
    lua_newtable(lua);
    if (!open_libs) {
        lua_pushnil(lua);
        lua_setfield(lua, -3, LUA_COLIBNAME);
    }
    make_package(lua);
    make_safe_os(lua);
    place_os(lua, open_libs);
    lua_pop(lua, 3);
}
