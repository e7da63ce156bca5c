import { Buffer } from "node:buffer";

/**
 * The shortest byte string that is masked. Shorter ones (a secret of one or two bytes, the short
 * lines of a longer one) would mask half of every log and hide nothing.
 */
export const MIN_PATTERN_BYTES = 3;

/** The longest single pattern the launcher takes; longer forms are cut into pieces. */
export const MAX_PATTERN_BYTES = 1_024;

/** How `base64` of GNU and of OpenSSL break lines. */
const BASE64_LINES = [76, 64];

/**
 * Every form in which the values are masked in a log: exact, each line of a value with several,
 * base64 (standard and URL-safe, at each of the three alignments inside a longer text), hex in both
 * cases, URL-encoded and JSON-escaped. Forms longer than {@link MAX_PATTERN_BYTES} come in pieces
 * that cover them whole. No form comes twice.
 */
export function redactForms(values: readonly Uint8Array[]): readonly Uint8Array[] {
  const forms = new Map<string, Uint8Array>();
  for (const value of values) {
    for (const form of formsOf(Buffer.from(value))) {
      for (const piece of piecesOf(form)) forms.set(piece.toString("latin1"), piece);
    }
  }
  return [...forms.values()];
}

function* formsOf(value: Buffer): Generator<Buffer> {
  if (value.length < MIN_PATTERN_BYTES) return;
  yield value;
  yield* linesOf(value);
  yield* base64Forms(value);
  const hex = value.toString("hex");
  yield Buffer.from(hex);
  yield Buffer.from(hex.toUpperCase());
  yield* urlForms(value);
  yield* jsonForms(value);
}

/** A log shows a text line by line, maybe with something in front of each. */
function* linesOf(value: Buffer): Generator<Buffer> {
  if (!value.includes(0x0a)) return;
  for (const line of value.toString("latin1").split("\n")) yield Buffer.from(line.trim(), "latin1");
}

function* base64Forms(value: Buffer): Generator<Buffer> {
  for (const whole of [value, Buffer.concat([value, LINE_FEED])]) {
    const text = whole.toString("base64");
    yield* bothAlphabets(text.replaceAll("=", ""));
    for (const length of BASE64_LINES) {
      if (text.length <= length) continue;
      for (let at = 0; at < text.length; at += length) {
        yield* bothAlphabets(text.slice(at, at + length));
      }
    }
  }
  // inside a longer text: the characters at both ends also depend on what stands beside the value
  for (let before = 0; before < 3; before++) {
    const bits = (before + value.length) * 8;
    const text = Buffer.concat([Buffer.alloc(before), value]).toString("base64");
    yield* bothAlphabets(text.slice(Math.ceil(before * 8 / 6), Math.floor(bits / 6)));
  }
}

function* bothAlphabets(text: string): Generator<Buffer> {
  yield Buffer.from(text);
  const url = text.replaceAll("+", "-").replaceAll("/", "_");
  if (url !== text) yield Buffer.from(url);
}

function* urlForms(value: Buffer): Generator<Buffer> {
  const escaped = percentEncode(value, "0123456789ABCDEF");
  if (escaped === value.toString("latin1")) return;
  const lower = percentEncode(value, "0123456789abcdef");
  for (const form of [escaped, lower]) {
    yield Buffer.from(form);
    if (form.includes("%20")) yield Buffer.from(form.replaceAll("%20", "+"));
  }
}

/** As `encodeURIComponent`, for bytes that need not be text. */
function percentEncode(value: Buffer, digits: string): string {
  let text = "";
  for (const byte of value) {
    const char = String.fromCharCode(byte);
    text += PLAIN_IN_URL.test(char) ? char : `%${digits[byte >> 4]}${digits[byte & 15]}`;
  }
  return text;
}

function* jsonForms(value: Buffer): Generator<Buffer> {
  const text = value.toString("utf8");
  const plain = JSON.stringify(text).slice(1, -1);
  const ascii = plain.replace(/[^\x20-\x7e]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  for (const form of [plain, ascii]) {
    if (form === text) continue;
    yield Buffer.from(form);
    if (form.includes("/")) yield Buffer.from(form.replaceAll("/", "\\/"));
  }
  if (plain === text && text.includes("/")) yield Buffer.from(text.replaceAll("/", "\\/"));
}

/** Pieces of nearly equal length, so that none is short. */
function* piecesOf(form: Buffer): Generator<Buffer> {
  if (form.length < MIN_PATTERN_BYTES) return;
  const count = Math.ceil(form.length / MAX_PATTERN_BYTES);
  for (let i = 0; i < count; i++) {
    const [from, to] = [i, i + 1].map((it) => Math.round(form.length * it / count));
    yield form.subarray(from, to);
  }
}

const LINE_FEED = Buffer.from("\n");
const PLAIN_IN_URL = /[A-Za-z0-9\-_.!~*'()]/;
