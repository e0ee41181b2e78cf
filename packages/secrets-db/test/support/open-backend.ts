import { randomUUID } from "node:crypto";
import type { Environment } from "@archestra/secrets-core";
import type {
  EntryChange,
  ExpectedEntry,
  OwnershipEntry,
  OwnershipStore,
} from "@archestra/secrets-core/ownership";
import type { CallContext, PluginContext, SecretsBackend } from "@archestra/secrets-core/plugin";
import { onTestFinished } from "vitest";
import { dbPlugin } from "../../src/index.ts";
import { databaseUrl } from "../../src/settings/database-url.ts";
import { recordedLogger } from "./recorded-logger.ts";

/** The owner of rows of another manager. */
export const OTHER = "OTHER";

/** What a call is handed when no manager stands before the backend. */
export function callContext(timeout = 30_000): CallContext {
  return {
    signal: new AbortController().signal,
    deadline: Date.now() + timeout,
    reserve: timeout / 5,
    logger: recordedLogger(),
  };
}

/** Opens the backend as a manager does that has read these variables. It is closed when the test ends. */
export async function openBackend(
  env: Environment,
  context: Partial<PluginContext> = {},
): Promise<{ backend: SecretsBackend; ownership: OwnershipStore }> {
  const url = databaseUrl["~standard"].validate(env.ARCHESTRA_DATABASE_URL);
  if (url instanceof Promise || url.issues !== undefined) throw new Error("A test has a wrong URL.");
  const { value } = url;
  const settings = {
    url: async () => value,
    poolMax: 10,
    poolIdleSeconds: 10,
    poolLifetimeSeconds: 1800,
    runMigrations: true,
    encryptionSecret: env.ARCHESTRA_SECRETS_ENCRYPTION_SECRET,
    previousSecrets: env.ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS,
    authSecret: env.ARCHESTRA_AUTH_SECRET,
    acceptNewKey: false,
  };
  const { signal } = new AbortController();
  const backend = await dbPlugin().create(settings as never, {
    logger: recordedLogger(),
    strict: false,
    signal,
    purpose: "secrets",
    ...context,
  });
  onTestFinished(() => backend.close());
  if (backend.ownership === undefined) throw new Error("The database has an ownership table.");
  return { backend, ownership: backend.ownership };
}

/** A row as it can be expected of a change. */
export function expectationOf(entry: OwnershipEntry | undefined): ExpectedEntry {
  if (entry === undefined) throw new Error("There is no row.");
  const { transitionAge: _age, ...row } = entry;
  return row;
}

/** Changes a row as it stands. */
export async function advanceRow(
  ownership: OwnershipStore,
  name: string,
  change: EntryChange,
): Promise<void> {
  const row = expectationOf(await ownership.find(name, callContext()));
  if (!(await ownership.advance(row, change, callContext()))) throw new Error(`${name} was not changed.`);
}

/** Moves a secret of ours to the other manager; what stays behind is the copy. */
export async function moveAway(ownership: OwnershipStore, name: string): Promise<void> {
  const transitionId = randomUUID();
  await advanceRow(ownership, name, {
    manager: "DB",
    state: "moving",
    transitionId,
    copy: { manager: OTHER },
  });
  await advanceRow(ownership, name, { manager: OTHER, state: "active", copy: { manager: "DB" } });
}
