import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import process from "node:process";
import { listFiles, ROOT } from "./repository.ts";

/** The links of a page that lead nowhere: to a file that is missing, or to a heading that is. */
export function findDeadLinks(
  page: string,
  read: (path: string) => string | undefined,
): readonly string[] {
  const source = withoutCode(read(page) ?? "");
  const links = [...source.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!);
  return links.filter((link) => !/^[a-z]+:/.test(link)).flatMap((link) => {
    const [path = "", anchor] = link.split("#");
    const target = path === "" ? page : relative("/", join("/", dirname(page), path));
    const text = read(target);
    if (text === undefined) return [`${page}: ${link} does not exist`];
    if (anchor === undefined || headings(text).includes(anchor)) return [];
    return [`${page}: ${link}: no such heading`];
  });
}

function headings(source: string): readonly string[] {
  return [...withoutFences(source).matchAll(/^#{1,6} (.+)$/gm)].map(([, title]) =>
    title!.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").trim().replace(/\s/g, "-")
  );
}

function withoutCode(source: string): string {
  return withoutFences(source).replace(/`[^`\n]*`/g, "code");
}

function withoutFences(source: string): string {
  return source.replace(/^```[\s\S]*?^```/gm, "");
}

function read(path: string): string | undefined {
  const full = join(ROOT, path);
  if (!existsSync(full)) return undefined;
  return path.endsWith(".md") ? readFileSync(full, "utf8") : "";
}

if (import.meta.main) {
  const pages = ["README.md", "AGENTS.md", "CHANGELOG.md", ...listFiles(".md")];
  const dead = pages.flatMap((page) => findDeadLinks(page, read));
  for (const it of dead) console.error(it);
  console.log(`${pages.length} pages, ${dead.length} dead links`);
  process.exitCode = dead.length === 0 ? 0 : 1;
}
