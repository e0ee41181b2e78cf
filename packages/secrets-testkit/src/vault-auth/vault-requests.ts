import { SecretsError } from "@archestra/secrets-core/plugin";
import type { SendVaultRequest, VaultAnswer, VaultLoginRequest } from "@archestra/secrets-vault/auth";

/** An answer of Vault, of which a case says only what matters. */
export function answer(status: number, body?: Readonly<Record<string, unknown>> | string): VaultAnswer {
  const text = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
  return readAnswer(status, text, {});
}

/**
 * Sends the requests of a login to a Vault, as the session does.
 *
 * @param signal ends a request, which then fails with its reason
 */
export function sendTo(
  address: string,
  namespace: string | undefined,
  signal: AbortSignal,
): SendVaultRequest {
  return async ({ method = "POST", path, body, token }: VaultLoginRequest) => {
    const encoded = path.split("/").map(encodeURIComponent).join("/");
    const response = await fetch(`${address}/v1/${encoded}`, {
      method,
      redirect: "manual",
      signal,
      headers: {
        "X-Vault-Request": "true",
        ...(namespace === undefined ? {} : { "X-Vault-Namespace": namespace }),
        ...(token === undefined ? {} : { "X-Vault-Token": token }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw new SecretsError("UNAVAILABLE", "Vault did not answer.", { cause: error });
    });
    return readAnswer(response.status, await response.text(), {
      "retry-after": response.headers.get("retry-after") ?? undefined,
      date: response.headers.get("date") ?? undefined,
    });
  };
}

/** A token that is to die does so by its own request. @returns whether Vault did it */
export async function revokeToken(
  address: string,
  namespace: string | undefined,
  token: string,
): Promise<boolean> {
  const response = await fetch(`${address}/v1/auth/token/revoke-self`, {
    method: "POST",
    headers: {
      "X-Vault-Request": "true",
      "X-Vault-Token": token,
      ...(namespace === undefined ? {} : { "X-Vault-Namespace": namespace }),
    },
  });
  return response.status === 204;
}

/** Frozen, so that a method which changes what it was given fails. */
function readAnswer(status: number, text: string, headers: Partial<VaultAnswer["headers"]>): VaultAnswer {
  const body = parse(text);
  const texts = (value: unknown) =>
    Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === "string") : [];
  const read: VaultAnswer = {
    status,
    errors: texts(body?.errors),
    warnings: texts(body?.warnings),
    ...(body === undefined ? {} : { body }),
    ...(body?.data == null ? {} : { data: body.data }),
    ...(body?.auth == null ? {} : { auth: body.auth }),
    ...(typeof body?.request_id === "string" && body.request_id !== "" ? { requestId: body.request_id } : {}),
    bodyBytes: Buffer.byteLength(text),
    headers: { "retry-after": undefined, location: undefined, date: undefined, ...headers },
  };
  return deepFreeze(read);
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function deepFreeze<Thing>(thing: Thing): Thing {
  if (typeof thing !== "object" || thing === null) return thing;
  for (const part of Object.values(thing)) deepFreeze(part);
  return Object.freeze(thing);
}
