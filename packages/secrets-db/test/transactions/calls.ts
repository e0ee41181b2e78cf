import type { SecretsInTransaction, SecretsManager, SecretValue } from "@archestra/secrets-core";

/** One call that changes the secret `name`, what there is before it, and what is there once it is committed. */
export interface Change {
  readonly call: string;
  /** Undefined: there is no secret. */
  readonly before: SecretValue | undefined;
  readonly after: SecretValue | undefined;
  readonly run: (secrets: SecretsInTransaction, version: string | undefined) => Promise<unknown>;
}

export const name = "connections/1/token";
const before = { token: "before" };
const after = { token: "after" };

/** Every call that changes a secret. */
export const changes: readonly Change[] = [
  { call: "create()", before: undefined, after, run: (secrets) => secrets.create(name, after) },
  { call: "set() of a new name", before: undefined, after, run: (secrets) => secrets.set(name, after) },
  { call: "set() of an existing secret", before, after, run: (secrets) => secrets.set(name, after) },
  { call: "update() by a value", before, after, run: (secrets) => secrets.update(name, after) },
  {
    call: "update() by a function",
    before,
    after: { token: "before, changed" },
    run: (secrets) => secrets.update(name, ({ token }) => ({ token: `${token}, changed` })),
  },
  {
    call: "update() of a version",
    before,
    after,
    run: (secrets, ifVersion) => secrets.update(name, after, { ifVersion }),
  },
  { call: "delete()", before, after: undefined, run: (secrets) => secrets.delete(name) },
  {
    call: "delete() of a version",
    before,
    after: undefined,
    run: (secrets, ifVersion) => secrets.delete(name, { ifVersion }),
  },
];

/** Puts what there is before a change. */
export async function prepare(secrets: SecretsManager, change: Change): Promise<string | undefined> {
  if (change.before === undefined) return undefined;
  return (await secrets.create(name, change.before)).version;
}
