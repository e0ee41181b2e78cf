import type { CallContext, SecretsBackend, StoredSecret } from "@archestra/secrets-core/plugin";

/** Reads a secret until the deadline of a call that was aborted. Undefined: there is none, or it cannot be read. */
export function readBack(
  backend: SecretsBackend,
  name: string,
  { logger, deadline, reserve }: CallContext,
): Promise<StoredSecret | undefined> {
  const signal = AbortSignal.timeout(Math.max(0, deadline - Date.now()));
  return backend.get(name, { logger, deadline, reserve, signal }).catch(() => undefined);
}
