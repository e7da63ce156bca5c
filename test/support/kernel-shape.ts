/** A type as it is written in core/kernel: the small part of TypeScript that it uses. */
export type Shape =
  | { readonly is: "name"; readonly name: string; readonly args: readonly Shape[] }
  | { readonly is: "literal"; readonly value: string }
  | { readonly is: "array"; readonly of: Shape }
  | { readonly is: "tuple"; readonly of: readonly Shape[] }
  | { readonly is: "union"; readonly of: readonly Shape[] }
  | { readonly is: "object"; readonly fields: readonly ShapeField[] }
  | { readonly is: "method"; readonly params: readonly ShapeField[]; readonly result: Shape };

/** A member of an object, or a parameter. */
export interface ShapeField {
  readonly name: string;
  readonly optional: boolean;
  readonly type: Shape;
}

/**
 * Reads the interfaces and types that a kernel file exports, those that it extends included. Tests
 * compare them with what mirrors them.
 *
 * @throws {Error} for syntax that the kernel has not used so far.
 */
export function readShapes(source: string, known: Map<string, Shape> = new Map()) {
  const reader = new ShapeReader(source);
  for (;;) {
    const declaration = reader.declaration(known);
    if (!declaration) return known;
    known.set(declaration.name, declaration.type);
  }
}

class ShapeReader {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(source: string) {
    const code = source.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, " ")
      .replace(/^import [\s\S]*?;$/gm, "");
    this.#tokens = code.match(/=>|"[^"]*"|\w+|[^\s\w]/g) ?? [];
  }

  declaration(known: ReadonlyMap<string, Shape>) {
    if (this.#at === this.#tokens.length) return undefined;
    this.#take("export");
    const isType = this.#next() === "type";
    const name = this.#next();
    const inherited: ShapeField[] = [];
    if (this.#is("extends")) {
      const base = known.get(this.#next());
      if (base?.is !== "object") throw new Error(`${name} extends something unknown`);
      inherited.push(...base.fields);
    }
    if (isType) this.#take("=");
    const type = this.#type();
    this.#is(";");
    return {
      name,
      type: type.is === "object" ? { ...type, fields: [...inherited, ...type.fields] } : type,
    };
  }

  #type(): Shape {
    this.#is("|");
    const of = [this.#postfix()];
    while (this.#is("|")) of.push(this.#postfix());
    return of.length === 1 ? of[0]! : { is: "union", of };
  }

  #postfix(): Shape {
    this.#is("readonly");
    let type = this.#primary();
    while (this.#is("[")) {
      this.#take("]");
      type = { is: "array", of: type };
    }
    return type;
  }

  #primary(): Shape {
    const token = this.#next();
    if (token.startsWith('"')) return { is: "literal", value: token.slice(1, -1) };
    if (token === "{") return { is: "object", fields: this.#fields("}") };
    if (token === "[") return { is: "tuple", of: this.#list("]") };
    if (token === "(") {
      if (this.#isParameters()) return this.#method();
      const inner = this.#type();
      this.#take(")");
      return inner;
    }
    return { is: "name", name: token, args: this.#is("<") ? this.#list(">") : [] };
  }

  /** After `(`: a name and a colon, or nothing, begin parameters. */
  #isParameters(): boolean {
    return this.#tokens[this.#at + 1] === ":" || this.#tokens[this.#at] === ")";
  }

  #method(): Shape {
    const params = this.#fields(")");
    if (!this.#is("=>")) this.#take(":");
    return { is: "method", params, result: this.#type() };
  }

  #fields(end: string): readonly ShapeField[] {
    const fields: ShapeField[] = [];
    while (!this.#is(end)) {
      this.#is("readonly");
      const name = this.#next();
      const optional = this.#is("?");
      if (this.#is("(")) fields.push({ name, optional, type: this.#method() });
      else {
        this.#take(":");
        fields.push({ name, optional, type: this.#type() });
      }
      if (!this.#is(";")) this.#is(",");
    }
    return fields;
  }

  #list(end: string): readonly Shape[] {
    const types: Shape[] = [];
    while (!this.#is(end)) {
      types.push(this.#type());
      this.#is(",");
    }
    return types;
  }

  #next(): string {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw new Error("the file ends in the middle of a declaration");
    return token;
  }

  #is(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  #take(token: string): void {
    const found = this.#next();
    if (found === token) return;
    const before = this.#tokens.slice(Math.max(0, this.#at - 9), this.#at).join(" ");
    throw new Error(`"${token}" is wanted, found "${found}" after: ${before}`);
  }
}
