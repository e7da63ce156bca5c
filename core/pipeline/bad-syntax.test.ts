import { checkBadFiles } from "./bad-files.ts";

checkBadFiles([
  {
    title: "an empty file",
    file: [""],
    problems: ["1:1 empty"],
  },
  {
    title: "nothing but a comment",
    file: ["# c", ""],
    problems: ["1:1 empty"],
  },
  {
    title: "a list",
    file: ["- a", ""],
    problems: ["1:1 wrong_type"],
  },
  {
    title: "a text",
    file: ["hello", ""],
    problems: ["1:1 wrong_type"],
  },
  {
    title: "a quote that is never closed",
    file: ["name: p", "tasks:", '  a: {run: "x}', ""],
    problems: ["3:12 syntax"],
  },
  {
    title: "a brace that is never closed",
    file: ["name: p", "tasks: {a: {run: x}", ""],
    problems: ["2:8 syntax"],
  },
  {
    title: "a bracket that is never closed",
    file: ["a: [1, 2", "b: 3", ""],
    problems: ["1:4 syntax"],
  },
  {
    title: "a tab as indentation",
    file: ["name: p", "tasks:", "\ta: {run: x}", ""],
    problems: ["3:1 syntax"],
  },
  {
    title: "a colon inside a plain text",
    file: ["name: p", "tasks:", "  a:", "    run: echo a: b", ""],
    problems: ["4:10 syntax"],
  },
  {
    title: "a block text without indentation",
    file: ["name: p", "tasks:", "  a:", "    run: |", "  x", ""],
    problems: ["5:3 syntax"],
  },
  {
    title: "a reserved sign",
    file: ["name: @x", ""],
    problems: ["1:7 syntax"],
  },
  {
    title: "an alias without a name",
    file: ["name: *", ""],
    problems: ["1:7 syntax"],
  },
  {
    title: "two documents",
    file: ["name: p", "---", "name: q", ""],
    problems: ["2:1 multiple_documents"],
  },
  {
    title: "the same task twice",
    file: ["name: p", "tasks:", "  a: {run: x}", "  a: {run: y}", ""],
    problems: ["4:3 duplicate_key"],
  },
  {
    title: "the same key twice",
    file: ["name: p", "name: q", "tasks: {a: {run: x}}", ""],
    problems: ["2:1 duplicate_key"],
  },
  {
    title: "the same key twice, and more",
    file: ["name: p", "name: q", "tasks: {a: {run: x, foo: 1}}", ""],
    problems: ["2:1 duplicate_key", "3:21 unknown_key"],
  },
  {
    title: "the same key twice in JSON",
    file: ["{", '\t"name": "p",', '\t"tasks": {"a": {"run": "x", "run": "y"}}', "}"],
    problems: ["3:30 duplicate_key"],
  },
  {
    title: "a tag on a value",
    file: ["name: p", "tasks:", "  a: {run: !!str x}", ""],
    problems: ["3:12 tag"],
  },
  {
    title: "a tag on the whole",
    file: ["!foo", "name: p", ""],
    problems: ["1:1 tag"],
  },
  {
    title: "a directive",
    file: ["%YAML 1.1", "---", "name: p", ""],
    problems: ["1:1 syntax"],
  },
  {
    title: "a merge key",
    file: ["x-a: &a {run: x}", "name: p", "tasks:", "  a:", "    <<: *a", ""],
    problems: ["5:5 merge_key"],
  },
  {
    title: "an alias without an anchor",
    file: ["name: p", "tasks:", "  a: *no", ""],
    problems: ["3:6 alias"],
  },
  {
    title: "an alias inside its own anchor",
    file: ["x-a: &a [*a]", "name: p", "tasks:", "  a: {run: x}", ""],
    problems: ["1:10 alias"],
  },
  {
    title: "aliases that multiply",
    file: [
      "x-a: &a [1,1,1,1,1,1,1,1,1,1]",
      "x-b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]",
      "x-c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]",
      "x-d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]",
      "x-e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]",
      "x-f: [*e,*e,*e,*e,*e]",
      "name: p",
      "tasks:",
      "  a: {run: x}",
      "",
    ],
    problems: ["6:7 alias_bomb"],
  },
  {
    title: "a number as key",
    file: ["name: p", "1: x", ""],
    problems: ["2:1 bad_key"],
  },
  {
    title: "nothing as key",
    file: ["name: p", "? ", ": x", ""],
    problems: ["2:3 bad_key"],
  },
  {
    title: "a list as key",
    file: ["? [a]", ": x", ""],
    problems: ["1:3 bad_key"],
  },
  {
    title: "a boolean as key",
    file: ["name: p", "tasks:", "  true: {run: x}", ""],
    problems: ["3:3 bad_key"],
  },
  {
    title: "__proto__ as key",
    file: ["name: p", "__proto__: {a: 1}", "tasks: {a: {run: x}}", ""],
    problems: ["2:1 bad_key"],
  },
  {
    title: "__proto__ as variable",
    file: ["name: p", "tasks:", "  a: {run: x, env: {__proto__: x}}", ""],
    problems: ["3:21 bad_key"],
  },
  {
    title: "a byte order mark",
    file: ["﻿name: p", "foo: 1", "tasks: {a: {run: x}}", ""],
    problems: ["2:1 unknown_key"],
  },
]);
