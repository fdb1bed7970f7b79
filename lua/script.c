/* SPDX-License-Identifier: Apache-2.0 */
#include "lua/script.h"

#include "lua/sandbox.h"
#include "lua/source.h"
#include "lua/text.h"
#include "lua/value.h"

#include <lauxlib.h>
#include <strings.h>

#define MAX_TEXT_BYTES 8192
#define CHUNK_NAME "=health.lua"

struct run {
    const struct buf *text; /* rewritten */
    bool joins;
    bool open_libs;
    const json_t *object;
    struct script_result result;
};

/* ---- what it returned ---- */

/* As Go reads JSON: the name itself, else in other letters. Pushes the value, or nil. */
static void push_field(lua_State *lua, int table, const char *name)
{
    lua_pushstring(lua, name);
    lua_rawget(lua, table);
    if (!lua_isnil(lua, -1))
        return;
    while (lua_next(lua, table)) {
        if (strcasecmp(lua_tostring(lua, -2), name) == 0) {
            lua_remove(lua, -2);
            return;
        }
        lua_pop(lua, 1);
    }
    lua_pushnil(lua);
}

/* A copy of the text; "" where it is absent. */
static char *take_text(lua_State *lua, int table, const char *name)
{
    size_t len = 0;
    const char *text = "";
    char *copy;

    push_field(lua, table, name);
    if (!lua_isnil(lua, -1) && lua_type(lua, -1) != LUA_TSTRING)
        luaL_error(lua, "the %s that the script returned is a %s, not a string", name,
                   luaL_typename(lua, -1));
    if (!lua_isnil(lua, -1))
        text = lua_tolstring(lua, -1, &len);
    copy = xstrndup(text, len < MAX_TEXT_BYTES ? len : MAX_TEXT_BYTES);
    lua_pop(lua, 1);
    return copy;
}

static bool is_empty(lua_State *lua, int table)
{
    bool empty = true;

    lua_pushnil(lua);
    while (lua_next(lua, table)) {
        if (lua_type(lua, -2) != LUA_TSTRING)
            luaL_error(lua, "the table that the script returned is a list, not {status=..., "
                            "message=...}");
        lua_pop(lua, 1);
        empty = false;
    }
    return empty;
}

/* The value on the top of the stack. */
static void take_result(lua_State *lua, struct script_result *out)
{
    int table = lua_gettop(lua);

    if (lua_isnil(lua, table))
        return;
    if (!lua_istable(lua, table))
        luaL_error(lua, "expect table output from Lua script, not %s", luaL_typename(lua, table));
    if (is_empty(lua, table))
        return;
    out->status = take_text(lua, table, "status");
    out->message = take_text(lua, table, "message");
    if (!*out->status) {
        free(out->status);
        out->status = xstrdup("none"); /* which is not a status */
    }
}

/* ---- the run ---- */

static int run_protected(lua_State *lua)
{
    struct run *run = lua_touserdata(lua, 1);
    struct memory *memory = memory_of(lua);

    lua_settop(lua, 0);
    sandbox_open(lua, run->open_libs);
    if (run->joins)
        text_open_operator(lua);
    if (luaL_loadbufferx(lua, run->text->data, run->text->len, CHUNK_NAME, "t"))
        return lua_error(lua);
    memory->object_after = memory->serial;
    value_push(lua, run->object);
    memory->object_end = memory->serial;
    lua_setglobal(lua, "obj");
    lua_newtable(lua);
    lua_setglobal(lua, "actionParams");
    lua_pushnil(lua); /* the result where it returns nothing */
    lua_insert(lua, 1);
    lua_call(lua, 0, LUA_MULTRET);
    take_result(lua, &run->result);
    return 0;
}

static int fail(lua_State *lua, struct error **err)
{
    const char *text = lua_tostring(lua, -1);

    if (text)
        return error_set(err, ERROR_INVALID, "%.*s", MAX_TEXT_BYTES, text);
    return error_set(err, ERROR_INVALID, "the script raised an error that is a %s",
                     luaL_typename(lua, -1));
}

static int run_text(struct run *run, struct error **err)
{
    struct sandbox sandbox;
    int failed;

    sandbox_init(&sandbox);
    failed = lua_cpcall(sandbox.lua, run_protected, run);
    if (failed)
        fail(sandbox.lua, err);
    sandbox_clear(&sandbox);
    if (failed)
        script_result_clear(&run->result);
    return failed ? -1 : 0;
}

/*
 * A script that fails runs once more with its operators as they were: LuaJIT then names what is
 * nil, and a very long chain of them compiles.
 */
int script_run(const struct script *script, const json_t *object, struct script_result *out,
               struct error **err)
{
    cleanup_buf struct buf joins = BUF_UNLIMITED;
    cleanup_buf struct buf plain = BUF_UNLIMITED;
    cleanup_error struct error *first = NULL;
    struct run run = {.text = &joins, .open_libs = script->open_libs, .object = object};

    run.joins = !strstr(script->text, "__concat");
    source_rewrite(script->text, run.joins, &joins);
    if (run_text(&run, &first) < 0) {
        source_rewrite(script->text, false, &plain);
        run.text = &plain;
        run.joins = false;
        if (run_text(&run, err) < 0)
            return -1;
    }
    if (!run.result.status)
        run.result.status = xstrdup("");
    if (!run.result.message)
        run.result.message = xstrdup("");
    *out = run.result;
    return 0;
}

void script_result_clear(struct script_result *r)
{
    free(TAKE(r->status));
    free(TAKE(r->message));
}
