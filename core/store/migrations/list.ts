import { statements as first } from "./0001-first.ts";

/** One step of the schema. */
export interface Migration {
  readonly name: string;
  readonly statements: readonly string[];
}

/** In order; the number of a migration is its place, from 1. */
export const MIGRATIONS: readonly Migration[] = [{ name: "first", statements: first }];
