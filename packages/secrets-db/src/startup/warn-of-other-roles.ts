import type { PluginContext } from "@archestra/secrets-core/plugin";
import type { OpenDatabase } from "../database/open-database.ts";

/**
 * Warns of roles beside the own one that can read or change the tables. It stays a warning in strict mode: a role for backups,
 * or the credentials of another replica, are roles of their own.
 */
export async function warnOfOtherRoles(
  { statements, dialect }: OpenDatabase,
  { logger, signal }: PluginContext,
): Promise<void> {
  if (dialect.name !== "postgres") return;
  const { describeOtherRoles, findOtherRoles } = await import("../postgres/other-roles.ts");
  const access = await statements.read({ signal }, findOtherRoles);
  if (access.length === 0) return;
  const roles = [...new Set(access.map(({ role }) => role))];
  logger.warn({ code: "ARCHESTRA_SECRETS_OTHER_ROLES", roles }, describeOtherRoles(access));
}
