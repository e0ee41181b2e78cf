import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RunOptions, type RunReport, runClients } from "./run-clients.ts";

const folder = await mkdtemp(join(tmpdir(), "oauth-refresh-"));
const common = {
  processes: 3,
  callers: 10,
  pause: 200,
  accessTokenSeconds: 2,
  margin: 1_000,
  lease: 5_000,
  isAbortable: true,
  answerDelay: 50,
  milliseconds: 5_000,
  env: {
    ARCHESTRA_DATABASE_URL: `sqlite://${join(folder, "secrets.db")}`,
    ARCHESTRA_SECRETS_ENCRYPTION_SECRET: randomBytes(48).toString("base64"),
  },
} satisfies Omit<RunOptions, "way">;
try {
  console.log("Three processes share the tokens of one grant. It takes about 20 seconds.");
  const withRefresh = await runClients({ ...common, way: "refresh" });
  const withSet = await runClients({ ...common, way: "set" });
  console.table({
    "secrets.refresh": row(withRefresh),
    "get, exchange, set": row(withSet),
  });
} finally {
  await rm(folder, { recursive: true });
}

function row(report: RunReport): Readonly<Record<string, number>> {
  const used = new Set([...report.refreshes, ...report.refusals].map(({ token }) => token));
  return {
    processes: common.processes,
    callers: common.processes * common.callers,
    calls: report.calls,
    "failed calls": report.failures.length,
    expiries: used.size,
    refreshes: report.refreshes.length,
    invalid_grant: report.refusals.length,
    "revoked grants": report.revokedGrants,
  };
}
