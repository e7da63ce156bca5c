/** What a token may do, from least to most: each role may do what those before it may. */
export const ROLES = ["viewer", "operator", "editor", "admin"] as const;

/**
 * `viewer` reads; `operator` also starts, cancels and reruns; `editor` also changes pipelines;
 * `admin` may do everything.
 */
export type Role = typeof ROLES[number];

/** True for a role of the closed list. */
export function isRole(value: unknown): value is Role {
  return (ROLES as readonly unknown[]).includes(value);
}

/** True when somebody with the role `held` may do what needs the role `needed`. */
export function roleIncludes(held: Role, needed: Role): boolean {
  return ROLES.indexOf(held) >= ROLES.indexOf(needed);
}
