import type { CallLimits, ClientRequest, VaultClient } from "../client/vault-client.ts";
import { encodePath } from "../paths/encode-path.ts";

/**
 * Asks Vault's own help whether a path leads to the values of KV version 2. That needs no permission beyond reading the
 * path, and tells the truth also behind a proxy that rewrites paths.
 *
 * @param values the prefix of the values, unencoded
 * @throws CallFailure when there is no answer
 */
export async function leadsToValuesOfKv2(
  client: VaultClient,
  values: string,
  limits: CallLimits,
): Promise<boolean> {
  const request: ClientRequest = {
    method: "GET",
    path: `${encodePath(values)}/${encodePath(" archestra-check")}?help=1`,
    subject: "the question which engine answers under ARCHESTRA_HASHICORP_VAULT_SECRET_PATH",
  };
  const { answer, classified } = await client.send(request, limits, "read");
  const help = answer.body?.help;
  return classified === undefined && typeof help === "string" && help.includes("\nMatching Route: ^data/(");
}
