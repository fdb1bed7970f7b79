/* SPDX-License-Identifier: Apache-2.0 */
/*
 * value: a document as Lua sees it: null is nil, arrays count from 1, numbers are doubles.
 */
#ifndef GITOPSD_LUA_VALUE_H
#define GITOPSD_LUA_VALUE_H

#include <jansson.h>
#include <lua.h>

/* May raise a Lua error: no memory, or the document is nested too deeply. */
void value_push(lua_State *lua, const json_t *value);

#endif
