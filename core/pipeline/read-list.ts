import type { Field, Reader } from "./reader.ts";

/** A list of at least one argument, each a text, an integer or a boolean; the first is not empty. */
export function scalarList(reader: Reader, field: Field): readonly string[] | undefined {
  const hint = "write a list: [program, argument]";
  const items = reader.list(field, hint);
  if (!items) return undefined;
  if (items.length === 0) {
    const message = "expected at least a program, found an empty list";
    return reader.fail("out_of_range", field, { message, hint });
  }
  const texts = items.map((item) => reader.scalarText(item));
  if (texts[0] === "") {
    const message = "expected a program, found an empty text";
    return reader.fail("wrong_value", items[0]!, { message });
  }
  return texts.every((text) => text !== undefined) ? texts : undefined;
}
