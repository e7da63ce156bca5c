import { createHash, randomBytes, randomInt, timingSafeEqual } from "node:crypto";

/** A new token: the text goes to its holder once, the rest is stored. */
export interface NewToken {
  /** `errand_<prefix>_<256 random bits, base64url>`. */
  readonly text: string;
  /** What it is found by; no secret. */
  readonly prefix: string;
  /** SHA-256 of the text, in hex: enough for 256 random bits. */
  readonly sha256: string;
}

const PREFIX_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";
const TOKEN = /^errand_([a-z0-9]{12})_[A-Za-z0-9_-]{43}$/;

/** Makes a token out of 256 random bits. */
export function createToken(): NewToken {
  const prefix = Array.from({ length: 12 }, () => PREFIX_LETTERS[randomInt(36)]).join("");
  const text = `errand_${prefix}_${randomBytes(32).toString("base64url")}`;
  return { text, prefix, sha256: digest(text).toString("hex") };
}

/** The prefix of a token's text, or undefined when it has not the form of one. */
export function tokenPrefix(text: string): string | undefined {
  return TOKEN.exec(text)?.[1];
}

/** True when the text is the one whose SHA-256 this is; takes the same time either way. */
export function isToken(text: string, sha256: string): boolean {
  const wanted = Buffer.from(sha256, "hex");
  const found = digest(text);
  return wanted.length === found.length && timingSafeEqual(wanted, found);
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
