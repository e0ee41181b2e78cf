import type { SecretsManager } from "./secrets-manager.ts";

/** The calls on secrets, in a transaction of the application. Made by `SecretsManager.inTransaction`. */
export interface SecretsInTransaction
  extends Pick<SecretsManager, "create" | "set" | "get" | "getMany" | "has" | "update" | "delete" | "list"> {}

/** Found again by functions that take a manager, to refuse what cannot be in a transaction. */
const made = new WeakSet<object>();

/** Leaves the calls on secrets of a manager, and none that concern its whole life. */
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
  made.add(calls);
  return calls;
}

/** Whether something is what `SecretsManager.inTransaction` gave. */
export function isInTransaction(manager: object): boolean {
  return made.has(manager);
}
