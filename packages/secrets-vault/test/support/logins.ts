import type { AuditedRequest } from "@archestra/test-servers/vault-audit-log";
import type { VaultServer } from "@archestra/test-servers/vault-server";

/** The logins that a server with an audit log has been asked for so far, those that it refused too. */
export async function loginsOf(server: VaultServer): Promise<AuditedRequest[]> {
  return (await server.auditedRequests()).filter(({ path }) => /^auth\/[^/]+\/login$/.test(path));
}

/** The accessors of the tokens that logins have made and that are alive. */
export async function issuedAccessors(
  server: VaultServer,
  before: readonly string[] = [],
): Promise<string[]> {
  return (await server.accessors()).filter((accessor) => !before.includes(accessor));
}
