/** A longer line is told in pieces: nobody reads it whole, and memory stays bounded. */
const MAX_LINE = 64 * 1024;

/** Makes lines of pieces of text. */
export class LineAssembler {
  #rest: string[] = [];
  #length = 0;

  /** Takes a piece; answers the lines it completes, without their ends. */
  push(text: string): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", start)) {
      this.#keep(text.slice(start, at), lines);
      lines.push(this.#take());
      start = at + 1;
    }
    this.#keep(text.slice(start), lines);
    return lines;
  }

  /** What is left of a line without an end; undefined when nothing is. */
  flush(): string | undefined {
    return this.#length > 0 ? this.#take() : undefined;
  }

  #keep(text: string, lines: string[]): void {
    let rest = text;
    while (this.#length + rest.length > MAX_LINE) {
      const room = MAX_LINE - this.#length;
      this.#rest.push(rest.slice(0, room));
      rest = rest.slice(room);
      lines.push(this.#take());
    }
    if (rest) {
      this.#rest.push(rest);
      this.#length += rest.length;
    }
  }

  #take(): string {
    const line = this.#rest.join("");
    this.#rest = [];
    this.#length = 0;
    return line;
  }
}
