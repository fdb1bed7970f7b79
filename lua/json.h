/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json: the module "json" of health scripts, with `decode` alone: the value that a text means, as
 * scripts see the object (value.h), or nil and what is wrong. Argo CD's scripts for
 * HorizontalPodAutoscalers read annotations with it.
 */
#ifndef GITOPSD_LUA_JSON_H
#define GITOPSD_LUA_JSON_H

#include <lua.h>

/* A loader for package.preload: pushes the module. */
int json_module(lua_State *lua);

#endif
