import { type DescField, type DescMessage, type DescService, ScalarType } from "@bufbuild/protobuf";
import type { Shape, ShapeField } from "./kernel-shape.ts";

type Shapes = ReadonlyMap<string, Shape>;

/**
 * Where a service differs from the kernel's interface of its name, by the rules of
 * `protocol/README.md`; empty = nowhere.
 */
export function compareService(service: DescService, shapes: Shapes): readonly string[] {
  const shape = shapes.get(service.name);
  if (shape?.is !== "object") return [`there is no interface ${service.name}`];
  const methods = new Map(shape.fields.map((it) => [it.name, it.type]));
  const problems: string[] = [];
  for (const rpc of service.methods) {
    const method = methods.get(rpc.localName);
    methods.delete(rpc.localName);
    const place = `${service.name}.${rpc.name}`;
    if (method?.is !== "method") problems.push(`${place}: the interface has no such method`);
    else {
      const mirror = new Mirror(shapes);
      mirror.fields(`${place} request`, requestFields(method.params), rpc.input.fields);
      mirror.fields(`${place} response`, mirror.answerFields(method.result), rpc.output.fields);
      problems.push(...mirror.problems);
    }
    if (rpc.methodKind !== "unary") problems.push(`${place} is not unary`);
  }
  return [...problems, ...[...methods.keys()].map((it) => `${service.name} has no rpc for ${it}`)];
}

/** The parameters without the signal; those of a parameter called `request` one by one. */
function requestFields(params: readonly ShapeField[]): readonly ShapeField[] {
  return params.filter((it) => it.name !== "signal").flatMap((it) =>
    it.name === "request" && it.type.is === "object" ? it.type.fields : [it]
  );
}

/** Numbers that may pass 2^31: they must be doubles. */
const LARGE =
  /(?:Ms|Bytes)$|^(?:bytes|size|offset|epoch|revision|ifRevision|generation|min|max|cpu)$/;
/** Ranges of protocol versions, where `min` and `max` are small. */
const SMALL = new Set(["ProtocolRange"]);

class Mirror {
  readonly problems: string[] = [];
  readonly #shapes: Shapes;
  readonly #compared = new Set<string>();

  constructor(shapes: Shapes) {
    this.#shapes = shapes;
  }

  fields(place: string, wanted: readonly ShapeField[], found: readonly DescField[]): void {
    const names = wanted.map((it) => it.name).join(", ");
    const inOrder = [...found].sort((a, b) => a.number - b.number);
    if (inOrder.map((it) => it.localName).join(", ") !== names) {
      const had = inOrder.map((it) => it.localName).join(", ");
      this.#say(place, `the kernel has the fields (${names}), the message (${had})`);
      return;
    }
    wanted.forEach((it, i) => this.#field(`${place}.${it.name}`, it, inOrder[i]!));
  }

  /** What a method answers, as fields. */
  answerFields(result: Shape): readonly ShapeField[] {
    if (result.is === "name" && result.name === "Promise") {
      return this.answerFields(result.args[0]!);
    }
    if (result.is === "name" && result.name === "void") return [];
    const some = withoutUndefined(result);
    const type = some.is === "name" ? this.#shapes.get(some.name) ?? some : some;
    const fields = type.is === "object" ? type.fields : [{ ...NOT_OPTIONAL, name: "value", type }];
    const isBytes = type.is === "name" && type.name === "Uint8Array";
    const plain = isBytes ? [{ ...NOT_OPTIONAL, name: "value", type: some }] : fields;
    return some === result ? plain : [FOUND, ...plain];
  }

  #field(place: string, { type, optional }: ShapeField, field: DescField): void {
    const some = withoutUndefined(type);
    const maybe = optional || some !== type;
    if (field.fieldKind === "scalar" && maybe !== (field.proto.proto3Optional === true)) {
      this.#say(place, maybe ? "must be optional" : "must not be optional");
    }
    if (some.is === "array") return this.#list(place, some.of, field);
    if (isRecord(some)) {
      if (field.fieldKind !== "map") this.#say(place, "must be a map");
      return;
    }
    if (field.fieldKind === "scalar") return this.#scalar(place, some, field.scalar);
    if (field.fieldKind === "message") return this.#message(place, some, field.message);
    this.#say(place, `is a ${field.fieldKind}`);
  }

  #list(place: string, of: Shape, field: DescField): void {
    if (field.fieldKind !== "list") return this.#say(place, "must be repeated");
    if (field.listKind === "scalar") this.#scalar(place, of, field.scalar);
    else if (field.listKind === "message") this.#message(place, of, field.message);
    else this.#say(place, "is a list of enums");
  }

  #scalar(place: string, shape: Shape, found: ScalarType): void {
    const wanted = this.#scalarOf(shape);
    const name = place.split(".").at(-1)!;
    if (wanted === "number") {
      const isLarge = LARGE.test(name) && !SMALL.has(place.split(".").at(-2) ?? "");
      if (found === ScalarType.DOUBLE || (found === ScalarType.INT32 && !isLarge)) return;
    } else if (wanted === found) return;
    this.#say(place, `is a ${ScalarType[found]}`);
  }

  #scalarOf(shape: Shape): ScalarType | "number" | undefined {
    if (shape.is === "literal") return ScalarType.STRING;
    if (shape.is === "union") {
      return shape.of.every((it) => it.is === "literal") ? ScalarType.STRING : undefined;
    }
    if (shape.is !== "name") return undefined;
    switch (shape.name) {
      case "string":
        return ScalarType.STRING;
      case "boolean":
        return ScalarType.BOOL;
      case "number":
        return "number";
      case "Uint8Array":
        return ScalarType.BYTES;
      default: {
        const named = this.#shapes.get(shape.name);
        return named && this.#scalarOf(named);
      }
    }
  }

  #message(place: string, shape: Shape, message: DescMessage): void {
    if (shape.is === "name") {
      const named = this.#shapes.get(shape.name);
      if (message.name !== shape.name) this.#say(place, `is a ${message.name}`);
      if (!named) return this.#say(place, `${shape.name} is not known`);
      if (this.#compared.has(shape.name)) return;
      this.#compared.add(shape.name);
      return this.#message(shape.name, named, message);
    }
    if (shape.is === "union") return this.#oneof(place, shape.of, message);
    const inside = `${place}.${message.name}`;
    if (shape.is === "tuple") return this.fields(inside, PAIR, message.fields);
    if (shape.is !== "object") return this.#say(place, `must not be a message, but a ${shape.is}`);
    this.fields(inside, shape.fields, message.fields);
  }

  /** A union of objects with a `kind` is a oneof whose fields have the names of the kinds. */
  #oneof(place: string, of: readonly Shape[], message: DescMessage): void {
    const kinds = new Map(of.map((it) => [kindOf(it), it]));
    if (message.oneofs.length !== 1 || message.fields.some((it) => !it.oneof)) {
      return this.#say(place, "must be one oneof");
    }
    const names = message.fields.map((it) => it.localName).join(", ");
    if (names !== [...kinds.keys()].join(", ")) this.#say(place, `has the kinds ${names}`);
    for (const field of message.fields) {
      const shape = kinds.get(field.localName);
      if (shape?.is !== "object" || field.fieldKind !== "message") continue;
      const rest = shape.fields.filter((it) => it.name !== "kind");
      this.fields(`${place}.${field.localName}`, rest, field.message.fields);
    }
  }

  #say(place: string, message: string): void {
    this.problems.push(`${place}: ${message}`);
  }
}

const NOT_OPTIONAL = { optional: false };
const STRING: Shape = { is: "name", name: "string", args: [] };
const PAIR = ["name", "value"].map((name) => ({ ...NOT_OPTIONAL, name, type: STRING }));
const FOUND: ShapeField = {
  ...NOT_OPTIONAL,
  name: "found",
  type: { is: "name", name: "boolean", args: [] },
};

function withoutUndefined(shape: Shape): Shape {
  if (shape.is !== "union") return shape;
  const rest = shape.of.filter((it) => it.is !== "name" || it.name !== "undefined");
  if (rest.length === shape.of.length) return shape;
  return rest.length === 1 ? rest[0]! : { is: "union", of: rest };
}

function isRecord(shape: Shape): boolean {
  if (shape.is !== "name") return false;
  return shape.name === "Record" || (shape.name === "Readonly" && isRecord(shape.args[0]!));
}

function kindOf(shape: Shape): string {
  const kind = shape.is === "object" ? shape.fields.find((it) => it.name === "kind") : undefined;
  return kind?.type.is === "literal" ? kind.type.value : "?";
}
