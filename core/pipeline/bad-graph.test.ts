import { checkBadFiles } from "./bad-files.ts";

checkBadFiles([
  {
    title: "a circle, at its first task in the file",
    file: [
      "name: p",
      "tasks:",
      "  c: {run: x, needs: [a]}",
      "  a: {run: x, needs: [b]}",
      "  b: {run: x, needs: [c]}",
      "  d: {run: x, needs: [a]}",
      "",
    ],
    problems: ["3:3 cycle"],
  },
  {
    title: "a task that needs itself",
    file: ["name: p", "tasks:", "  a: {run: x, needs: [a]}", ""],
    problems: ["3:3 cycle"],
  },
  {
    title: "two circles",
    file: [
      "name: p",
      "tasks:",
      "  a: {run: x, needs: [b]}",
      "  b: {run: x, needs: [a]}",
      "  c: {run: x, needs: [d]}",
      "  d: {run: x, needs: [c]}",
      "",
    ],
    problems: ["3:3 cycle", "5:3 cycle"],
  },
  {
    title: "a misspelt need",
    file: ["name: p", "tasks:", "  crawl: {run: x}", "  b: {run: x, needs: [crwal]}", ""],
    problems: ["4:23 unknown_need"],
  },
  {
    title: "a need of nothing",
    file: ["name: p", "tasks:", "  crawl: {run: x}", "  b: {run: x, needs: {zzzz: any}}", ""],
    problems: ["4:23 unknown_need"],
  },
  {
    title: "a misspelt word of needs",
    file: ["name: p", "tasks:", "  a: {run: x}", "  b: {run: x, needs: {a: sucess}}", ""],
    problems: ["4:26 wrong_value"],
  },
  {
    title: "the same need twice",
    file: ["name: p", "tasks:", "  a: {run: x}", "  b: {run: x, needs: [a, a]}", ""],
    problems: ["4:26 duplicate_value"],
  },
  {
    title: "needs as a text",
    file: ["name: p", "tasks:", "  a: {run: x}", "  b: {run: x, needs: a}", ""],
    problems: ["4:22 wrong_type"],
  },
  {
    title: "an after task that needs another",
    file: ["name: p", "tasks:", "  a: {run: x}", "after:", "  c: {run: x, needs: [a]}", ""],
    problems: ["5:23 unknown_need"],
  },
  {
    title: "a task that needs an after task",
    file: ["name: p", "tasks:", "  a: {run: x, needs: [c]}", "after:", "  c: {run: x}", ""],
    problems: ["3:23 unknown_need"],
  },
  {
    title: "a name in tasks and in after",
    file: ["name: p", "tasks:", "  a: {run: x}", "after:", "  a: {run: x}", ""],
    problems: ["5:3 duplicate_name"],
  },
]);
