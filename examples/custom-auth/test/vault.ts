/** A Vault that is running, and a token that may do everything there. */
export const { VAULT_ADDR: address = "http://127.0.0.1:8200", VAULT_TOKEN: rootToken = "root" } = process.env;

/** What Vault has under `data` of an answer. Undefined: it refused, or had nothing to say. */
export async function vault(
  method: string,
  path: string,
  body?: unknown,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const answer = await fetch(`${address}/v1/${path}`, {
    method,
    headers: { "x-vault-token": rootToken },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return answer.ok && text !== "" ? JSON.parse(text).data : undefined;
}
