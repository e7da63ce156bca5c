import assert from "node:assert/strict";
import { test } from "node:test";
import { findDeadLinks } from "./doc-links.ts";

const PAGES: Readonly<Record<string, string>> = {
  "README.md": "[a](docs/a.md) [b](docs/a.md#a-heading-here) [c](https://example.org/x)\n" +
    "[d](docs/b.md) [e](docs/a.md#none)\n```sh\n[f](nowhere.md)\n```\n`[g](code.md)`\n",
  "docs/a.md": "# Title\n## A heading, here\n[up](../README.md) [own](#title)\n",
};

test("links to missing files and headings are found, code is not read", () => {
  assert.deepEqual(findDeadLinks("README.md", (path) => PAGES[path]), [
    "README.md: docs/b.md does not exist",
    "README.md: docs/a.md#none: no such heading",
  ]);
});

test("relative links are followed from where the page is", () => {
  assert.deepEqual(findDeadLinks("docs/a.md", (path) => PAGES[path]), []);
});
