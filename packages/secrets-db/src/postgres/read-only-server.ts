import type { HealthProblem } from "@archestra/secrets-core/plugin";

/**
 * The problem of a server that accepts no writes.
 *
 * @param isStandby false: it is a primary, whose transactions are read-only by default
 */
export function readOnlyProblem(isStandby: boolean): HealthProblem {
  const cause = isStandby
    ? "the server is a standby. Point ARCHESTRA_DATABASE_URL at the primary"
    : "`default_transaction_read_only` is on for the server, the database or the user, which some providers set when a disk is nearly full or during maintenance. Set it to off, or point ARCHESTRA_DATABASE_URL at another server";
  const message = `The database accepts no writes: ${cause}. Processes then connect again by themselves.`;
  return { code: "UNAVAILABLE", reason: "DATABASE_READ_ONLY", message };
}
