/**
 * Keeps what was computed for a text, up to so many entries and characters of text; the oldest go
 * first. A parsed expression is some fifty times as large as its text: choose `chars` with that.
 */
export class BoundedCache<T> {
  readonly #entries = new Map<string, T>();
  readonly #limits: { readonly entries: number; readonly chars: number };
  #chars = 0;

  constructor(limits: { readonly entries: number; readonly chars: number }) {
    this.#limits = limits;
  }

  /** What is kept for the text, else what `make` answers for it. */
  get(text: string, make: (text: string) => T): T {
    const kept = this.#entries.get(text);
    if (kept !== undefined) return kept;
    const made = make(text);
    this.#entries.set(text, made);
    this.#chars += text.length;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#limits.entries && this.#chars <= this.#limits.chars) break;
      this.#entries.delete(oldest);
      this.#chars -= oldest.length;
    }
    return made;
  }
}
