import type { SecretsManager } from "./secrets-manager.ts";

/** The calls on secrets in a transaction of the application, as `SecretsManager.inTransaction` returns them. */
export interface SecretsInTransaction
  extends Pick<SecretsManager, "create" | "set" | "get" | "getMany" | "has" | "update" | "delete" | "list"> {}

/** Lets functions that take a manager recognize one in a transaction. */
const created = new WeakSet<object>();

/** Restricts a manager to its calls on secrets. */
export function onlyCalls(manager: SecretsManager): SecretsInTransaction {
  const calls: SecretsInTransaction = Object.freeze({
    create: manager.create.bind(manager),
    set: manager.set.bind(manager),
    get: manager.get.bind(manager),
    getMany: manager.getMany.bind(manager),
    has: manager.has.bind(manager),
    update: manager.update.bind(manager),
    delete: manager.delete.bind(manager),
    list: manager.list.bind(manager),
  });
  created.add(calls);
  return calls;
}

/** Returns whether `SecretsManager.inTransaction` returned the object. */
export function isInTransaction(manager: object): boolean {
  return created.has(manager);
}
