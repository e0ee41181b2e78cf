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
  const id = randomUUID(); // of this write, and of no other
  context.signal.throwIfAborted(); // Nothing was sent.
  try {
    const answer = await fetch(address, {
      method: "PUT",
      headers: { "if-none-match": "*" },
      body: JSON.stringify({ id, value }),
      signal: context.signal,
    });
    const { version, error } = (await answer.json()) as { version?: unknown; error?: unknown };
    if (answer.status === 201 && typeof version === "string") return { name, version };
    // The server's own word. A 412 of a proxy has none.
    if (answer.status === 412 && error === "exists") throw secretExists();
  } catch (error) {
    if (error instanceof SecretsError) throw error;
    if (isRefused(error)) throw new SecretsError("UNAVAILABLE", "The server refuses connections.");
    // Aborted, cut off, or answered with nonsense: it may have happened.
  }
  const version = await readBack(address, id, context.deadline);
  if (version !== undefined) return { name, version };
  throw new SecretsError("OUTCOME_UNKNOWN", "The server did not tell what became of the write.");
}

/** The version that this write made. Undefined: it cannot be told. */
async function readBack(address: URL, id: string, deadline: number): Promise<string | undefined> {
  const left = deadline - Date.now() - 100; // for the way back to the caller
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

/** `fetch` hides what happened in the cause. */
function isRefused(error: unknown): boolean {
  const { cause } = error as { cause?: { code?: unknown } };
  return cause?.code === "ECONNREFUSED";
}
