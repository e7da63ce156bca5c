/** A value of the file with its place. Aliased values are shared: the same node stands at each use. */
export type Node = MapNode | ListNode | ScalarNode;

/** A key and its value. */
export interface Entry {
  readonly key: string;
  readonly keyAt: number;
  readonly value: Node;
}

/** A map, in file order. */
export interface MapNode {
  readonly kind: "map";
  readonly at: number;
  readonly size: number;
  readonly entries: readonly Entry[];
}

/** A list. */
export interface ListNode {
  readonly kind: "list";
  readonly at: number;
  readonly size: number;
  readonly items: readonly Node[];
}

/** A text, number, boolean or null. */
export interface ScalarNode {
  readonly kind: "scalar";
  readonly at: number;
  readonly size: number;
  readonly value: string | number | boolean | null;
  /** As it stands in the file, for numbers whose text matters. */
  readonly source: string;
  /** The place in the file of the `index`th character of a text value; `at` where that cannot be said. */
  readonly place: (index: number) => number;
}
