/* SPDX-License-Identifier: Apache-2.0 */
/* Argo CD's contract for health scripts, point by point, with scripts of our own. */
#include "lua/script.h"

#include "lib/doc/yaml.h"
#include "lua/sandbox.h"
#include "tests/test.h"

/* `want`: "STATUS: message", or "error: " and a part of the text. */
struct script_case {
    const char *script;
    const char *want;
};

static char *run(const char *text, bool open_libs, const json_t *object)
{
    struct script script = {.text = text, .open_libs = open_libs};
    cleanup_script_result struct script_result result = {0};
    cleanup_error struct error *err = NULL;

    if (script_run(&script, object, &result, &err) < 0)
        return xasprintf("error: %s", error_message(err));
    return xasprintf("%s: %s", result.status, result.message);
}

static void expect_all(const char *yaml, bool open_libs, const struct script_case *cases, size_t n)
{
    cleanup_error struct error *err = NULL;
    cleanup_json json_t *docs = NULL;

    EXPECT_OK(yaml_parse("object", yaml, strlen(yaml), YAML_KUBECTL, &docs, &err));
    for (size_t i = 0; i < n; i++) {
        cleanup_free char *got = run(cases[i].script, open_libs, json_array_get(docs, 0));

        if (str_has_prefix(cases[i].want, "error: ") ? !strstr(got, cases[i].want + 7)
                                                     : !streq(got, cases[i].want))
            fail_msg("%s\ngives \"%s\", expected \"%s\"", cases[i].script, got, cases[i].want);
    }
}

#define EXPECT_CLOSED(yaml, cases) expect_all(yaml, false, cases, ARRAY_LEN(cases))
#define EXPECT_OPEN(yaml, cases) expect_all(yaml, true, cases, ARRAY_LEN(cases))

TEST(what_a_script_returns)
{
    static const struct script_case cases[] = {
        {"return {status = 'Healthy'}", "Healthy: "},
        {"return {status = 'Degraded', message = 'why'}", "Degraded: why"},
        {"hs = {} hs.status = 'Suspended' hs.message = 'asleep' return hs", "Suspended: asleep"},
        {"return {status = 'whatever it says'}", "whatever it says: "},
        {"return {Status = 'Healthy', MESSAGE = 'as Go reads JSON'}", "Healthy: as Go reads JSON"},
        {"return {status = 'Healthy', extra = {1, 2}}", "Healthy: "},
        {"return {status = 'Healthy', message = nil}", "Healthy: "},
        {"return {status = 'Healthy', message = ''}", "Healthy: "},
        {"return 1, {status = 'Healthy', message = 'the last counts'}", "Healthy: the last counts"},
        {"return", ": "},
        {"", ": "},
        {"-- nothing", ": "},
        {"return nil", ": "},
        {"return {}", ": "},
        {"return {message = 'without a status'}", "none: without a status"},
        {"return 'Healthy'", "error: expect table output from Lua script, not string"},
        {"return 1", "error: expect table output from Lua script, not number"},
        {"return true", "error: expect table output from Lua script, not boolean"},
        {"return print", "error: expect table output from Lua script, not function"},
        {"return {status = 1}", "error: the status that the script returned is a number"},
        {"return {status = 'Healthy', message = {}}",
         "error: the message that the script returned is a table"},
        {"return {'Healthy'}", "error: the table that the script returned is a list"},
        {"return setmetatable({}, {__index = {status = 'Healthy'}})", ": "},
    };

    EXPECT_CLOSED("{}", cases);
}

TEST(what_goes_wrong_says_where)
{
    static const struct script_case cases[] = {
        {"hs = {\nreturn hs", "error: health.lua:2: "},
        {"local x\nlocal y\nreturn x.y.z", "error: health.lua:3: attempt to index local 'x'"},
        {"return obj.status.phase", "error: health.lua:1: attempt to index field 'status'"},
        {"error('no good')", "error: health.lua:1: no good"},
        {"error({})", "error: the script raised an error that is a table"},
        {"error()", "error: the script raised an error that is a nil"},
        {"goto nowhere", "error: undefined label 'nowhere'"},
        {"\x1bLJ\x02", "error: attempt to load chunk with wrong mode"},
    };

    EXPECT_CLOSED("{}", cases);
}

TEST(the_object_as_lua_sees_it)
{
    static const struct script_case cases[] = {
        {"return {status = obj.kind, message = type(obj.spec)}", "Pod: table"},
        {"return {status = tostring(obj.num), message = type(obj.num)}", "3: number"},
        {"return {status = obj.num .. '', message = obj.big .. ' ' .. obj.half}",
         "3: 1700000000 0.5"},
        {"return {status = tostring(obj.num / 2), message = tostring(6 / obj.num)}", "1.5: 2"},
        {"return {status = tostring(obj.none == nil), message = type(obj.none)}", "true: nil"},
        {"local n = 0 for _ in pairs(obj.spec) do n = n + 1 end return {status = n .. ''}", "2: "},
        {"return {status = obj.list[1], message = tostring(obj.list[0])}", "a: nil"},
        {"return {status = #obj.list .. '', message = table.concat(obj.list, '+')}", "2: a+b"},
        {"return {status = #obj.empty .. '', message = tostring(next(obj.map) == nil)}", "0: true"},
        {"return {status = tostring(obj.yay), message = type(obj.nay)}", "true: boolean"},
        {"return {status = tostring(obj.text == '3'), message = tostring(obj.text == obj.num)}",
         "true: false"},
        {"return {status = tostring(obj.text + 1)}", "4: "},
        {"obj.kind = 'mine' return {status = obj.kind}", "mine: "},
        {"return {status = type(actionParams), message = tostring(next(actionParams))}",
         "table: nil"},
        {"return {status = obj['a.b/c'], message = obj.umlaut}", "dots: \xc3\xa4"},
    };

    EXPECT_CLOSED("{kind: Pod, spec: {a: 1, b: {}, c: null}, num: 3, big: 1700000000, half: 0.5,\n"
                  " none: null, list: [a, null, b], empty: [], map: {}, yay: true, nay: false,\n"
                  " text: '3', a.b/c: dots, umlaut: \xc3\xa4}",
                  cases);
}

TEST(libraries_of_a_script_that_asks_for_none)
{
    static const struct script_case cases[] = {
        {"return {status = type(string) .. type(math) .. type(os) .. type(coroutine)}",
         "nilnilnilnil: "},
        {"return {status = type(io) .. type(debug) .. type(jit) .. type(bit)}", "nilnilnilnil: "},
        {"return {status = type(dofile) .. type(loadfile) .. type(package.loadlib)}",
         "nilnilnil: "},
        {"local s = 'abc' return {status = s:upper()}", "error: health.lua:1: attempt to index"},
        {"return {status = type(require('os').time()), message = type(table.time())}",
         "number: number"},
        {"local os = require('os') return {status = os.date('!%Y-%m-%d', 86400)}", "1970-01-02: "},
        {"return {status = table.date('!%H:%M', 3600), message = type(require('os').exit)}",
         "01:00: nil"},
        {"return {status = tostring(require('os') == require('os'))}", "true: "},
        {"return {status = require('table').concat({'a', 'b'}), message = type(require('_G'))}",
         "ab: table"},
        {"require('io')", "error: module 'io' not found"},
        {"require('debug')", "error: module 'debug' not found"},
        {"require('ffi')", "error: module 'ffi' not found"},
        {"require('jit')", "error: module 'jit' not found"},
        {"require('coroutine')", "error: module 'coroutine' not found"},
        {"require('../secret')", "error: module '../secret' not found"},
        {"package.preload.mine = function(name) return {name} end "
         "return {status = require('mine')[1]}",
         "mine: "},
        {"print('nothing is printed') return {status = 'Healthy'}", "Healthy: "},
        {"return {status = tostring(pcall(error, 'x')), message = select(2, pcall(error, 'x'))}",
         "false: x"},
        {"local t = {3, 1, 2} table.sort(t) table.insert(t, 4) return {status = table.concat(t)}",
         "1234: "},
    };

    EXPECT_CLOSED("{}", cases);
}

TEST(libraries_of_a_script_that_asks_for_all)
{
    static const struct script_case cases[] = {
        {"return {status = type(string) .. type(math) .. type(os) .. type(coroutine)}",
         "tabletabletabletable: "},
        {"return {status = type(io) .. type(debug) .. type(jit) .. type(bit)}", "nilnilnilnil: "},
        {"return {status = type(os.execute) .. type(os.getenv) .. type(os.remove)}", "nilnilnil: "},
        {"return {status = type(os.exit) .. type(os.tmpname) .. type(string.dump)}", "nilnilnil: "},
        {"return {status = type(os.time()), message = os.date('!%Y', 0)}", "number: 1970"},
        {"return {status = tostring(package.loaded.io), message = type(require('os').rename)}",
         "nil: nil"},
        {"return {status = ('x'):rep(3), message = string.format('%d/%d', 2, 3)}", "xxx: 2/3"},
        {"return {status = tostring(math.huge), message = math.floor(2.7) .. ''}", "+Inf: 2"},
    };

    EXPECT_OPEN("{}", cases);
}

TEST(lua_of_two_ages)
{
    static const struct script_case cases[] = {
        {"local n = 0\nfor _, c in ipairs(obj.list) do\n  if c == 'b' then goto continue end\n"
         "  n = n + 1\n  ::continue::\nend\nreturn {status = n .. ''}",
         "2: "},
        {"for i = 1, 3 do for j = 1, 3 do if j == 2 then goto done end end end ::done:: "
         "return {status = 'out'}",
         "out: "},
        {"local goto_count = 1 return {status = goto_count .. ''}", "1: "},
        {"return {status = table.getn(obj.list) .. '', message = table.maxn({1, 2}) .. ''}",
         "3: 2"},
        {"local s = '' table.foreachi(obj.list, function(_, v) s = s .. v end) "
         "return {status = s}",
         "abc: "},
        {"local s = '' for w in string.gfind('a b', '%a') do s = s .. w end return {status = s}",
         "ab: "},
        {"return {status = math.mod(7, 4) .. '', message = unpack({'u'})}", "3: u"},
        {"return {status = loadstring('return 1 + 1')() .. '', message = load('return 3')() .. ''}",
         "2: 3"},
        {"local parts = {'return ', '4', nil} local i = 0 "
         "return {status = load(function() i = i + 1 return parts[i] end)() .. ''}",
         "4: "},
        {"return {status = tostring(loadstring('return ('))}", "nil: "},
        {"return {status = tostring(load('\\27LJ'))}", "nil: "},
        {"local function f() return x end setfenv(f, {x = 'env'}) return {status = f()}", "env: "},
        {"local f <const> = 1", "error: health.lua:1: "},
        {"return {status = tostring(7 // 2)}", "error: health.lua:1: "},
    };

    EXPECT_OPEN("{list: [a, b, c]}", cases);
}

TEST(strings_and_their_patterns)
{
    static const struct script_case cases[] = {
        {"return {status = string.match(obj.image, ':(.+)$')}", "v1.2: "},
        {"local at = obj.image:find(':', 1, true) return {status = obj.image:sub(1, at - 1)}",
         "web: "},
        {"return {status = (obj.image:gsub('%.', '-')), message = obj.image:len() .. ''}",
         "web:v1-2: 8"},
        {"local t = {} for k, v in string.gmatch('a=1,b=2', '(%w+)=(%w+)') do t[#t + 1] = k .. v "
         "end return {status = table.concat(t, ' ')}",
         "a1 b2: "},
        {"return {status = string.lower('ReAdY'), message = string.rep('-', 3)}", "ready: ---"},
        {"return {status = tostring(obj.since < obj.till)}", "true: "},
        {"return {status = tostring(tonumber('0x10')), message = tostring(tonumber('x'))}",
         "16: nil"},
        {"return {status = tostring(tonumber('NaN')), message = tostring(tonumber(' -inf'))}",
         "nil: nil"},
        {"return {status = tonumber(' 12 ') .. '', message = tonumber('ff', 16) .. '' .. 1e3}",
         "12: 2551000"},
        {"return {status = tonumber('b', 36) .. '', message = tostring(tonumber('0b1'))}",
         "11: nil"},
        {"tonumber()", "error: health.lua:1: bad argument #1 to 'tonumber'"},
        {"return {status = ('%5.1f'):format(3.14159)}", "  3.1: "},
    };

    EXPECT_OPEN("{image: 'web:v1.2', since: '2026-01-01T00:00:00Z', till: '2026-01-02T00:00:00Z'}",
                cases);
}

TEST(escapes_that_mean_nothing_are_the_character_itself)
{
    static const struct script_case cases[] = {
        {"return {status = ('1.2'):match('%d\\.%d'), message = \"\\/\\-\\%\"}", "1.2: /-%"},
        {"return {status = '\\x41\\u\\z', message = '\\65\\n\\'\\\\'}", "x41uz: A\n'\\"},
        {"-- it's\nreturn {status = 'a' --[[ ' \\. ]], message = [[\\.]] .. [==[]]\\]==]}",
         "a: \\.]]\\"},
        {"return {status = \"don't\", message = 'say \"\\q\"'}", "don't: say \"q\""},
        {"return {status = 'no end\nreturn 1", "error: health.lua:1: unfinished string"},
        {"return {status = 'no end\\", "error: health.lua:1: unfinished string"},
        {"return {status = [[no end", "error: health.lua:1: unfinished long string"},
        {"local t = {1} local i = 1 return {status = t[t[i]] .. '', message = '[['}", "1: [["},
    };

    EXPECT_OPEN("{}", cases);
}

TEST(pairs_go_in_order)
{
    static const struct script_case cases[] = {
        {"local s = '' for k, v in pairs(obj.map) do s = s .. k .. v end return {status = s}",
         "a2aa3b1: "},
        {"local s = '' for k in pairs({z = 1, y = 1, x = 1, 'l', [20] = 1, [-1] = 1}) do "
         "s = s .. k .. ' ' end return {status = s}",
         "-1 1 20 z y x : "},
        {"local t = {} for _, e in ipairs({'test', 'stage', 'prod'}) do t['env/' .. e] = e end "
         "local s = '' for k, v in pairs(t) do s = s .. k .. ' ' end return {status = s}",
         "env/test env/stage env/prod : "},
        {"local t = {} for _, n in ipairs(obj.names) do t[n] = (t[n] or 0) + 1 end local s = '' "
         "for k, v in pairs(t) do s = s .. k .. v .. ' ' end return {status = s}",
         "west1 east2 north1 : "},
        {"obj.map.new = 3 local s = '' for k in pairs(obj.map) do s = s .. k .. ' ' end "
         "return {status = s}",
         "a aa b new : "},
        {"local n = 0 for k, v in pairs({}) do n = n + 1 end return {status = n .. ''}", "0: "},
        {"local t = {a = 1, b = 2, c = 3} local s = '' for k in pairs(t) do s = s .. k "
         "t.b = nil t[k] = 9 end return {status = s, message = t.c .. ''}",
         "ac: 9"},
        {"local t = {[true] = 1, [{}] = 2, x = 3} local n = 0 for _, v in pairs(t) do n = n + v "
         "end return {status = n .. ''}",
         "6: "},
        {"local s = '' for _, v in pairs(obj.list) do s = s .. v end return {status = s}",
         "abcdefghijkl: "},
        {"for k in pairs(nil) do end", "error: bad argument #1 to 'pairs'"},
        {"return {status = tostring(next({})), message = (next({x = 1}))}", "nil: x"},
    };

    EXPECT_OPEN("{map: {b: 1, a: 2, aa: 3}, list: [a, b, c, d, e, f, g, h, i, j, k, l],\n names: "
                "[west, east, north, east]}",
                cases);
}

TEST(nil_is_handled_as_scripts_expect)
{
    static const struct script_case cases[] = {
        {"if obj.status ~= nil and obj.status.conditions ~= nil then return {status = 'no'} end "
         "return {status = 'Progressing', message = 'Waiting'}",
         "Progressing: Waiting"},
        {"for _ in pairs(obj.status or {}) do return {status = 'no'} end "
         "return {status = 'Healthy'}",
         "Healthy: "},
        {"return {status = 'Healthy', message = obj.status}", "Healthy: "},
        {"return {status = 'Healthy', message = 'a' .. obj.status}",
         "error: health.lua:1: attempt to concatenate field 'status'"},
        {"if obj.metadata.generation > obj.status then return end",
         "error: health.lua:1: attempt to compare"},
        {"for _, c in ipairs(obj.status) do return end", "error: health.lua:1: bad argument #1"},
    };

    EXPECT_CLOSED("{metadata: {generation: 1}, status: null}", cases);
}

TEST(numbers_print_as_go_prints_them)
{
    static const struct script_case cases[] = {
        {"return {status = obj.max .. '', message = tostring(obj.max)}",
         "9007199254740992: 9007199254740992"},
        {"return {status = 1e14 .. '/' .. 123456789012345 .. '/' .. -1e18}",
         "100000000000000/123456789012345/-1000000000000000000: "},
        {"return {status = 2 ^ 63 .. '/' .. 1e300 .. '/' .. -2 ^ 63}",
         "9.223372036854776e+18/1e+300/-9223372036854775808: "},
        {"return {status = 1 / 3 .. '', message = 0.1 + 0.2 .. '%'}",
         "0.3333333333333333: 0.30000000000000004%"},
        {"return {status = 12345678.5 .. '', message = 1e-5 .. '/' .. 99.5}",
         "1.23456785e+07: 1e-05/99.5"},
        {"return {status = 1 / 0 .. '/' .. -1 / 0, message = tostring(0 / 0)}", "+Inf/-Inf: NaN"},
        {"return {status = 0 * -1 .. '', message = -0 .. ''}", "0: 0"},
        {"return {status = table.concat({1e15, 0.1 + 0.2, 'x'}, ' ')}",
         "1000000000000000 0.30000000000000004 x: "},
        {"return {status = table.concat({1, 2, 3}, 0, 2, 9) .. table.concat({})}", "203: "},
        {"return {status = table.concat({'a', {}})}",
         "error: health.lua:1: invalid value (table) at index 2 in table for 'concat'"},
    };

    EXPECT_CLOSED("{max: 9007199254740992}", cases);
}

TEST(numbers_are_text_for_the_functions_of_strings)
{
    static const struct script_case cases[] = {
        {"return {status = string.sub(obj.sha, 1, 7), message = string.len(obj.sha) .. ''}",
         "1234567: 16"},
        {"return {status = string.format('%s/%d/%5s|%q', 1e15, 1e15, 2, 1e15)}",
         "1000000000000000/1000000000000000/    2|\"1000000000000000\": "},
        {"return {status = string.format('%d%% %s %.1f', 50, nil, 2.25)}", "50% nil 2.2: "},
        {"return {status = (string.gsub(1e15, 0, 1e14, 1)), message = string.find(1e15, 1) .. ''}",
         "110000000000000000000000000000: 1"},
        {"return {status = string.format('%5.2f|%-6.1e|%g|%s', 0.125, 250, 1234567.5, 1.5)}",
         " 0.12|2.5e+02|1.2345675e+06|1.5: "},
        {"return {status = string.format('%.999f', 1)}", "error: health.lua:1: invalid option"},
        {"return {status = string.format('%.1f%%', '99.95'), message = string.format('%')}",
         "error: health.lua:1: invalid option"},
        {"return {status = string.format('%.1f', {})}",
         "error: health.lua:1: bad argument #2 to 'format' (number expected, got table)"},
        {"return {status = string.format('%d')}",
         "error: health.lua:1: bad argument #2 to 'format' (value expected)"},
        {"return {status = string.find(nil, 'x')}",
         "error: health.lua:1: bad argument #1 to 'find' (string expected, got nil)"},
        {"return {status = string.sub(nil, 1)}",
         "error: health.lua:1: bad argument #1 to 'sub' (string expected, got nil)"},
        {"return {status = string.match('x', '[')}", "error: health.lua:1: malformed pattern"},
    };

    EXPECT_OPEN("{sha: 1234567890123456}", cases);
}

TEST(joining_keeps_its_meaning)
{
    static const struct script_case cases[] = {
        {"return {status = 'a' .. 1 .. 2.5 ..3 .. -4 .. ''}", "a12.53-4: "},
        {"return {status = 1 + 2 .. 3 * 4 .. 2 ^ 2, message = #'ab' .. 'c' .. #{}}", "3124: 2c0"},
        {"return {status = 'a' .. 'b' == 'ab' and 'equal' or 'other'}", "equal: "},
        {"local function f(...) return ... end return {status = 'a' .. f('b', 'c')}", "ab: "},
        {"local function f(...) return (select('#', ...)) .. '' end return {status = f(1, 2)}",
         "2: "},
        {"return {status = 'a' -- .. 1\n.. 'b' --[[ .. ]] .. '..' .. [[..]]}", "ab....: "},
        {"local t = setmetatable({}, {__concat = function(a, b) return type(a) .. type(b) end}) "
         "return {status = 1 .. t, message = t .. 'x'}",
         "numbertable: tablestring"},
        {"local t = setmetatable({}, {__concat = function(a, b) return 'own' end}) "
         "return {status = 'a' .. 'b' .. t .. 'c'}",
         "abown: "},
        {"return {status = 'a' .. true}", "error: health.lua:1: attempt to concatenate a boolean"},
        {"return {status = false .. 'a'}", "error: health.lua:1: attempt to concatenate a boolean"},
        {"return {status = 'a' .. {}}",
         "error: health.lua:1: attempt to concatenate a table value"},
        {"local none return {status = 'a' .. none}",
         "error: health.lua:1: attempt to concatenate local 'none' (a nil value)"},
        {"local ok, e = pcall(function() return 'a' .. nil end) return {status = tostring(ok)}",
         "false: "},
        {"return {status = tostring(getmetatable(true))}", "false: "},
        {"return {status = loadstring('return 1 .. 2')()}", "12: "},
        {"local n = 1;; n = n + 1; ; return {status = n .. ';;'};", "2;;: "},
    };
    cleanup_buf struct buf chain = BUF_UNLIMITED;
    cleanup_json json_t *object = json_object();
    cleanup_free char *got = NULL;

    EXPECT_CLOSED("{}", cases);
    buf_puts(&chain, "return {status = 'x'");
    for (int i = 0; i < 150; i++)
        buf_puts(&chain, " .. 'x'");
    buf_puts(&chain, "}");
    got = run(chain.data, false, object);
    EXPECT(strlen(got) == 153);
}

TEST(equal_entries_stay_in_order_when_sorted)
{
    static const struct script_case cases[] = {
        {"table.sort(obj.list, function(a, b) return a.at < b.at end) local s = '' "
         "for _, c in ipairs(obj.list) do s = s .. c.id end return {status = s}",
         "dbeacfg: "},
        {"local t = {3, 1, 2, 1} table.sort(t) return {status = table.concat(t)}", "1123: "},
        {"local t = {} for i = 1, 1000 do t[i] = i * 7 % 1000 end table.sort(t) "
         "for i = 1, 999 do if t[i] > t[i + 1] then return {status = 'unsorted'} end end "
         "return {status = t[1] .. ' ' .. t[1000]}",
         "0 999: "},
        {"local t = {2, 1, 3} table.sort(t, function() return true end) return {status = #t .. ''}",
         "3: "},
        {"table.sort({}) table.sort({1}) return {status = 'few'}", "few: "},
        {"table.sort({1, 'a'})", "error: attempt to compare"},
        {"table.sort({2, 1}, 5)", "error: health.lua:1: bad argument #2 to 'sort'"},
        {"table.sort(nil)", "error: health.lua:1: bad argument #1 to 'sort'"},
    };

    EXPECT_CLOSED("{list: [{id: a, at: 2}, {id: b, at: 1}, {id: c, at: 2}, {id: d, at: 0},\n"
                  " {id: e, at: 1}, {id: f, at: 2}, {id: g, at: 2}]}",
                  cases);
}

TEST(json_is_read)
{
    static const struct script_case cases[] = {
        {"local list = require('json').decode(obj.text) "
         "return {status = list[1].type, message = #list .. tostring(list[2].none)}",
         "A: 2nil"},
        {"local value, why = require('json').decode('[1,') "
         "return {status = tostring(value), message = type(why)}",
         "nil: string"},
        {"return {status = require('json').decode('1.5') .. ''}", "1.5: "},
        {"require('json').decode(nil)", "error: health.lua:1: bad argument #1 to 'decode'"},
        {"return {status = tostring((require('json').decode(obj.deep)))}", "nil: "},
    };
    cleanup_buf struct buf yaml = BUF_UNLIMITED;

    buf_puts(&yaml, "text: '[{\"type\": \"A\"}, {\"type\": \"B\", \"none\": null}]'\ndeep: '");
    for (int i = 0; i < 3000; i++)
        buf_puts(&yaml, "[");
    buf_puts(&yaml, "'\n");
    EXPECT_CLOSED(yaml.data, cases);
}

TEST(times_of_incomplete_dates)
{
    static const struct script_case cases[] = {
        {"return {status = os.time({year = 2025, month = 1, day = 2}) .. ''}", "1735819200: "},
        {"local y, m, d, h, n, s = ('2025-01-02T08:09:10Z'):match('(%d+)-(%d+)-(%d+)T(%d+):(%d+)"
         ":(%d+)Z') return {status = os.time({year = y, month = m, day = d, hour = h, min = n, "
         "sec = s}) .. ''}",
         "1735805350: "},
        {"return {status = os.time({year = 2025, month = 14, day = -3}) .. ''}", "1769601600: "},
        {"return {status = type(os.time({year = 'x'})), message = type(os.time(nil))}",
         "number: number"},
        {"return {status = os.time({year = 1e300, month = 1, day = 1, hour = 0}) .. ''}",
         "-62198755200: "},
        {"return {status = tostring(os.time() > 1.7e9)}", "true: "},
        {"os.time(5)", "error: health.lua:1: bad argument #1 to 'time'"},
    };

    EXPECT_OPEN("{}", cases);
}

TEST(memory_is_limited_and_the_process_lives)
{
    static const struct script_case cases[] = {
        {"local t = {} while true do t[#t + 1] = ('x'):rep(1e6) .. #t end",
         "error: not enough memory"},
        {"return {status = ('x'):rep(1e9)}", "error: not enough memory"},
        {"local s = 'x' while true do s = s .. s end", "error: not enough memory"},
        {"local t = {} for i = 1, 1e9 do t[i] = i end", "error: not enough memory"},
        {"while true do local ok = pcall(string.rep, 'x', 1e9) if not ok then break end end "
         "return {status = 'caught'}",
         "caught: "},
        {"local function f() return 1 + f() end return f()", "error: stack overflow"},
        {"local t = setmetatable({}, {}) getmetatable(t).__index = t return t.x",
         "error: health.lua:1: "},
        {"local f = function(s) return s end for i = 1, 300 do local g = f "
         "f = function(s) return (s:gsub('.', g)) end end return {status = f('a')}",
         "error: "},
        {"return {status = ('a'):rep(100):match(('('):rep(50))}", "error: "},
    };

    EXPECT_OPEN("{}", cases);
}

TEST(each_run_has_a_state_of_its_own)
{
    static const struct script_case cases[] = {
        {"if seen then return {status = 'again'} end seen = true table.seen = true "
         "return {status = tostring(table.seen)}",
         "true: "},
        {"return {status = tostring(seen), message = tostring(table.seen)}", "nil: nil"},
    };

    EXPECT_CLOSED("{}", cases);
}

TEST(a_deep_document_is_refused_and_a_large_one_fits)
{
    cleanup_json json_t *deep = json_object();
    cleanup_json json_t *large = json_object();
    cleanup_free char *got = NULL;
    cleanup_free char *length = NULL;

    for (int i = 0; i < 20000; i++) {
        json_t *around = json_object();

        json_object_set_new(around, "a", TAKE(deep));
        deep = around;
    }
    got = run("return {status = 'Healthy'}", false, deep);
    EXPECT_CONTAINS(got, "nested too deeply");
    for (int i = 0; i < 50000; i++) {
        cleanup_free char *name = xasprintf("name-%d", i);

        json_object_set_new(large, name, json_pack("{s:[s, i]}", "list", "text", i));
    }
    length = run("local n = 0 for _ in pairs(obj) do n = n + 1 end return {status = n .. ''}",
                 false, large);
    EXPECT_STR(length, "50000: ");
}

TEST(long_texts_are_cut)
{
    cleanup_json json_t *object = json_object();
    cleanup_free char *got = run("return {status = ('x'):rep(1e6)}", true, object);

    EXPECT(strlen(got) < 10000);
}
