import type { HealthProblem } from "@archestra/secrets-core/plugin";
import { sql } from "kysely";
import { sqlState } from "../database/sql-state.ts";
import type { Session } from "../database/statements.ts";
import { tableOf } from "../schema/qualified-table.ts";

/** The privileges of another role on a table of this package. The names are quoted as SQL has them. */
export interface RoleAccess {
  readonly table: string;
  /** `PUBLIC`: every role. */
  readonly role: string;
  readonly privileges: readonly string[];
}

/**
 * The roles that were granted access to secrets or keys, other than the current user, the roles through which it has its own
 * access, the owner, and superusers. Row-level security without a policy ends what a role was granted.
 */
export async function findOtherRoles(session: Session): Promise<RoleAccess[]> {
  const { db } = session;
  const [secrets, keys] = (["archestra_secrets", "archestra_secrets_keys"] as const).map(
    (name) => tableOf(db, name).compile(db).sql,
  );
  const find = sql<{ table: string; role: string; privileges: string }>`
    SELECT format('%I.%I', n.nspname, c.relname) AS "table", coalesce(quote_ident(r.rolname), 'PUBLIC') AS role,
      string_agg(DISTINCT a.privilege_type, ' ') AS privileges
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) a
    LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
    WHERE c.oid IN (to_regclass(${secrets}), to_regclass(${keys}))
      AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')
      AND a.grantee <> c.relowner AND r.rolname IS DISTINCT FROM current_user AND r.rolsuper IS NOT TRUE
      AND (a.grantee = 0 OR (has_schema_privilege(a.grantee, n.oid, 'USAGE')
        AND (pg_has_role(current_user, c.relowner, 'USAGE') OR NOT pg_has_role(current_user, a.grantee, 'USAGE'))))
      AND (NOT c.relrowsecurity OR r.rolbypassrls IS TRUE
        OR EXISTS (SELECT 1 FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid))
    GROUP BY 1, 2 ORDER BY 1, 2`;
  try {
    const rows = await session.rows(find);
    return rows.map(({ privileges, ...row }) => ({ ...row, privileges: privileges.split(" ").sort() }));
  } catch (error) {
    // A database that only speaks as PostgreSQL does may lack a function or a catalog. Nothing is known of its roles then.
    if (sqlState(error)?.startsWith("42")) return [];
    throw error;
  }
}

/** Which roles have which access, and the statements that revoke it. */
export function describeOtherRoles(access: readonly RoleAccess[]): string {
  const found = access.map(({ table, role, privileges }) => `${role} (${privileges.join(", ")} on ${table})`);
  const revoke = [...new Set(access.map(({ table }) => table))].map((table) => {
    const roles = access.filter((one) => one.table === table).map(({ role }) => role);
    return `REVOKE ALL ON TABLE ${table} FROM ${roles.join(", ")};`;
  });
  const text = `Roles other than this process's user have access to the tables of secrets: ${found.join("; ")}. Values are encrypted, but a role that can write can delete secrets, restore their older values, and change which manager owns them. If this is not intended: ${revoke.join(" ")}`;
  return text.replace(/[\p{Cc}\p{Cf}]/gu, "?");
}

/** For `check()`: the roles that can change something. */
export function otherRolesProblem(access: readonly RoleAccess[]): HealthProblem[] {
  const writers = access.filter(({ privileges }) => privileges.some((privilege) => privilege !== "SELECT"));
  if (writers.length === 0) return [];
  return [{ code: "INVALID_CONFIGURATION", reason: "OTHER_ROLES", message: describeOtherRoles(writers) }];
}
