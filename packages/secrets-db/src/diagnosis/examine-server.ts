import type { DiagnosisContext } from "@archestra/secrets-core/plugin";
import { sql } from "kysely";
import type { OpenDatabase } from "../database/open-database.ts";

/** From this on, times in logs and of secrets mislead. */
const SKEW_TO_REPORT_MILLISECONDS = 60_000;

/** Examines the server or the library, its clock, and the problems of the database as a whole. */
export async function examineServer(
  { statements, dialect, location }: OpenDatabase,
  { fact, finding, signal }: DiagnosisContext,
): Promise<void> {
  const isSqlite = dialect.name === "sqlite";
  fact({ key: "dialect", label: "dialect", value: dialect.name });
  if (!isSqlite) fact({ key: "location", label: "location", value: location });
  const version = isSqlite ? sql<string>`sqlite_version()` : sql<string>`current_setting('server_version')`;
  const askedAt = Date.now();
  const answer = await statements.read({ signal }, (session) =>
    session.first(
      sql<{ version: string; now: unknown }>`SELECT ${version} AS version, ${dialect.sql.now} AS now`,
    ),
  );
  const answeredAt = Date.now();
  const serverVersion = answer?.version ?? "unknown";
  fact({ key: "dialect", label: "dialect", value: dialect.name, text: `${dialect.name} ${serverVersion}` });
  fact({ key: "serverVersion", label: "version", value: serverVersion, text: "" });
  const skew = Math.round(Number(answer?.now) - (askedAt + answeredAt) / 2);
  if (!isSqlite) {
    const seconds = Math.round(skew / 1_000);
    fact({ key: "clockSkewSeconds", label: "clock skew", value: seconds, text: `${seconds} s` });
    if (Math.abs(skew) >= SKEW_TO_REPORT_MILLISECONDS) finding(clockSkew(seconds));
  }
  const problems = await statements.read({ signal }, (session) => dialect.problems(session));
  for (const { code, reason = code, message } of problems) {
    const isDegraded = reason === "OTHER_ROLES" || reason === "SECOND_SQLITE_LIBRARY";
    const hasVariable = reason === "DATABASE_READ_ONLY" || reason === "DATABASE_MOVED";
    finding({
      code: reason,
      severity: isDegraded ? "degraded" : "broken",
      message,
      remedy: hasVariable ? { variable: "ARCHESTRA_DATABASE_URL" } : {},
    });
  }
}

function clockSkew(seconds: number) {
  const direction = seconds > 0 ? "behind" : "ahead of";
  return {
    code: "CLOCK_SKEW",
    severity: "degraded",
    message: `This machine's clock is ${Math.abs(seconds)} s ${direction} the clock of the database. Synchronize both by NTP.`,
    remedy: {},
  } as const;
}
