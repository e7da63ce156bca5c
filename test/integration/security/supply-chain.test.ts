import { deepStrictEqual, match, ok } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ROOT } from "../../support/gate/repository.ts";

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
}

describe("SECURITY.md 22: what an installation brings", () => {
  it("is pinned by digest, package by package", async () => {
    const packages = await locked();
    ok(packages.length > 50);
    for (const [path, { integrity, version }] of packages) {
      ok(version, path);
      match(integrity ?? "", /^sha512-/, path);
    }
  });

  it("runs scripts of the packages that are named only: the two runtimes", async () => {
    const { allowScripts } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
    const allowed = Object.keys(allowScripts).filter((name) => allowScripts[name]);
    deepStrictEqual(allowed.sort(), ["deno", "node"]);
    for (const [path, { hasInstallScript }] of await locked()) {
      const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
      if (hasInstallScript) ok(name in allowScripts, `${name} has an install script: decide on it`);
    }
  });

  it("has no script of our own that runs at installation", async () => {
    const { scripts } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
    const automatic = ["preinstall", "install", "postinstall", "prepare", "prepublish"];
    deepStrictEqual(Object.keys(scripts).filter((name) => automatic.includes(name)), []);
  });

  it("is installed by CI as the lock file says", async () => {
    const text = await readFile(join(ROOT, ".ci/run"), "utf8");
    match(text, /npm ci\b/);
    ok(!/npm (?:install|i)\b/.test(text.replace(/^\s*#.*$/gm, "")));
  });
});

async function locked(): Promise<readonly (readonly [string, LockedPackage])[]> {
  const { packages } = JSON.parse(await readFile(join(ROOT, "package-lock.json"), "utf8"));
  return Object.entries<LockedPackage>(packages).filter(([path, { link }]) => path !== "" && !link);
}
