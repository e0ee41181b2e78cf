import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createSecretsManager, type SecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";
import { vaultPlugin } from "@archestra/secrets-vault";
import { tokenAuth } from "@archestra/vault-auth-token";
import { onTestFinished } from "vitest";

export type Variables = Readonly<Record<string, string>>;

/** A set-up with one thing wrong. */
export interface BrokenSetup {
  /** The variables with which `doctor` runs. */
  readonly env: Variables;
  /** The code of the finding. */
  readonly finding: string;
  /** What the variable has to be that the finding names; undefined: not set. Absent: the remedy is a command. */
  readonly corrected?: Readonly<Record<string, string | undefined>>;
  /** Does what the text of the finding says, where neither a variable nor a command of this program is the remedy. */
  readonly act?: () => Promise<void> | void;
  /** With which the command that is the remedy ends. @default 0 */
  readonly exitCode?: number;
  /** Nothing in this folder may change while `doctor` runs. */
  readonly folder?: string;
  /** Findings that are left afterwards, which belong to the test and not to the fault. @default none */
  readonly left?: readonly string[];
}

/** One configuration, by what is wrong with it. */
export type BrokenConfigurations = Readonly<Record<string, () => Promise<BrokenSetup>>>;

/** A secret that is long enough. */
export function newSecret(): string {
  return randomBytes(32).toString("base64");
}

/** A folder of this test, and the variables that select a database in it. */
export function newDatabase(secret = newSecret()) {
  const folder = mkdtempSync(join(tmpdir(), "secrets-doctor-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "secrets.db");
  const env = {
    ARCHESTRA_DATABASE_URL: `sqlite://${file}`,
    ARCHESTRA_SECRETS_ENCRYPTION_SECRET: secret,
  };
  return { folder, file, env };
}

/** Runs something with an open manager, which is closed afterwards. */
export async function withManager<Result>(
  env: Variables,
  use: (manager: SecretsManager) => Promise<Result>,
): Promise<Result> {
  const logger = { warn: () => {} };
  const plugins = [dbPlugin(), vaultPlugin(), tokenAuth()];
  const manager = await createSecretsManager({ plugins, env, logger });
  try {
    return await use(manager);
  } finally {
    await manager.close();
  }
}

/** A database with two secrets. */
export async function filledDatabase(secret?: string) {
  const database = newDatabase(secret);
  await withManager(database.env, async (manager) => {
    await manager.create("first", { token: "planted-value-of-first" });
    await manager.create("$(touch x)", { token: "planted-value-of-second" });
  });
  return database;
}

/** Edits a database as another program would. */
export function edit(file: string, ...statements: readonly string[]): void {
  const database = new DatabaseSync(file);
  for (const statement of statements) database.exec(statement);
  database.close();
}

/** A server that accepts connections and never answers. */
export async function silentServer() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => void sockets.add(socket)).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const url = `postgres://user:planted-password@127.0.0.1:${port}/app`;
  return { port: String(port), url, connected: once(server, "connection") };
}
