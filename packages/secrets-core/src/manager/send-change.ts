import type { Operation } from "./operation.ts";
import type { SecretCache } from "./secret-cache.ts";

/** Hands a change to a backend: from here on giving up no longer means that nothing was changed. */
export function sendChange<Result>(
  name: string,
  operation: Operation,
  cache: SecretCache | undefined,
  change: () => Promise<Result>,
): Promise<Result> {
  return operation.write(() => (cache === undefined ? change() : cache.write(name, change)));
}
