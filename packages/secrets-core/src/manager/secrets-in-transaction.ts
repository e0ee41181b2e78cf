import type { SecretsManager } from "./secrets-manager.ts";

/** The calls on secrets in a transaction of the application, as `SecretsManager.inTransaction` returns them. */
export interface SecretsInTransaction
  extends Pick<SecretsManager, "create" | "set" | "get" | "getMany" | "has" | "update" | "delete" | "list"> {}

/** Lets functions that take a manager recognize one in a transaction. */
const created = new WeakSet<object>();

/** Restricts a manager to its calls on secrets. */
export function onlyCalls(manager: SecretsManager): SecretsInTransaction {
  const names = ["create", "set", "get", "getMany", "has", "update", "delete", "list"] as const;
  const entries = names.map((name) => [name, (manager[name] as () => unknown).bind(manager)]);
  const calls: SecretsInTransaction = Object.freeze(Object.fromEntries(entries));
  created.add(calls);
  return calls;
}

/** Returns whether `SecretsManager.inTransaction` returned the object. */
export function isInTransaction(manager: object): boolean {
  return created.has(manager);
}
