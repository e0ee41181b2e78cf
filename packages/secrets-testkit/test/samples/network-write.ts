import { randomUUID } from "node:crypto";
import {
  type CallContext,
  SecretsError,
  type SecretValue,
  type StoredInfo,
  secretExists,
} from "@archestra/secrets-core/plugin";

// #region write
/** Creates a secret on a server that answers 201 with a version, and 412 when the name is taken. */
export async function create(
  address: URL,
  name: string,
  value: SecretValue,
  context: CallContext,
): Promise<StoredInfo> {
  const id = randomUUID(); // identifies this write
  context.signal.throwIfAborted(); // nothing was sent
  try {
    const answer = await fetch(address, {
      method: "PUT",
      headers: { "if-none-match": "*" },
      body: JSON.stringify({ id, value }),
      signal: context.signal,
    });
    const { version, error } = (await answer.json()) as { version?: unknown; error?: unknown };
    if (answer.status === 201 && typeof version === "string") return { name, version };
    // The server's own answer, which a 412 of a proxy does not contain.
    if (answer.status === 412 && error === "exists") throw secretExists();
  } catch (error) {
    if (error instanceof SecretsError) throw error;
    if (isRefused(error)) throw new SecretsError("UNAVAILABLE", "The server refuses connections.");
    // Aborted, disconnected, or answered with nonsense: the write may have taken effect.
  }
  const version = await readBack(address, id, context.deadline);
  if (version !== undefined) return { name, version };
  throw new SecretsError("OUTCOME_UNKNOWN", "The server did not report the outcome of the write.");
}

/** The version that this write created. Undefined: it cannot be determined. */
async function readBack(address: URL, id: string, deadline: number): Promise<string | undefined> {
  const left = deadline - Date.now() - 100; // reserved for the response to the caller
  if (left <= 0) return undefined;
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(left) }); // not the aborted signal
    const stored = (await answer.json()) as { id?: unknown; version?: unknown };
    return stored.id === id && typeof stored.version === "string" ? stored.version : undefined;
  } catch {
    return undefined;
  }
}
// #endregion

/** `fetch` hides the failure in the cause. */
function isRefused(error: unknown): boolean {
  const { cause } = error as { cause?: { code?: unknown } };
  return cause?.code === "ECONNREFUSED";
}
