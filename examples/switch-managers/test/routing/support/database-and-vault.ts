import { randomBytes } from "node:crypto";
import {
  type CreateSecretsManagerOptions,
  createSecretsManager,
  type Environment,
  type Logger,
  type SecretsManager,
} from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";
import { vaultPlugin } from "@archestra/secrets-vault";
import { type Intercept, interceptedPlugin } from "@archestra/test-harness/intercepted-plugin";
import type { VaultServer } from "@archestra/test-servers/vault-server";
import { tokenAuth } from "@archestra/vault-auth-token";
import type { TestDatabase } from "./test-database.ts";

export type ManagerId = "DB" | "VAULT";

/** What a row says, beside its value. */
export interface RawRow {
  readonly id: string;
  readonly name: string;
  readonly manager: string;
  readonly state: string;
  readonly transition_id: string | null;
  readonly path: string | null;
  readonly copy_manager: string | null;
  readonly copy_version: string | null;
  readonly copy_path: string | null;
  readonly value: string | null;
  readonly key_id: string | null;
}

export interface OpenOptions extends Partial<Omit<CreateSecretsManagerOptions, "plugins" | "manager">> {
  readonly intercept?: Intercept;
}

const encryptionSecret = randomBytes(32).toString("base64");

/** A database and a place in Vault, both empty at first, and managers on them as processes would have them. */
export class DatabaseAndVault {
  readonly database: TestDatabase;
  readonly vault: VaultServer;
  /** The path under which Vault keeps the values, `secret/data/<folder>`. */
  readonly folder: string;

  constructor(database: TestDatabase, vault: VaultServer, folder = `f${randomBytes(6).toString("hex")}`) {
    this.database = database;
    this.vault = vault;
    this.folder = folder;
  }

  /** The variables of a process that has this manager selected. */
  environment(selected: ManagerId, more: Environment = {}): Environment {
    return {
      ...this.database.environment,
      ARCHESTRA_SECRETS_MANAGER: selected,
      ARCHESTRA_SECRETS_ENCRYPTION_SECRET: encryptionSecret,
      ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
      ARCHESTRA_HASHICORP_VAULT_ADDR: this.vault.address,
      ARCHESTRA_HASHICORP_VAULT_TOKEN: this.vault.rootToken,
      ARCHESTRA_HASHICORP_VAULT_SECRET_PATH: `secret/data/${this.folder}`,
      ...more,
    };
  }

  /** Opens a manager on the instance that notes statements. */
  open(selected: ManagerId, options: OpenOptions = {}): Promise<SecretsManager> {
    const { intercept, env, ...rest } = options;
    const plugins = [dbPlugin({ kysely: this.database.kysely }), vaultPlugin(), tokenAuth()];
    return createSecretsManager({
      plugins: intercept === undefined ? plugins : plugins.map((one) => intercepted(one, intercept)),
      env: this.environment(selected, env),
      logger: silent,
      ...rest,
    });
  }

  /** Makes every transition stale. */
  async age(): Promise<void> {
    await this.database.query(
      "UPDATE archestra_secrets SET transition_started_at = transition_started_at - 600000 WHERE transition_id IS NOT NULL",
    );
  }

  rows(): Promise<RawRow[]> {
    return this.database.query<RawRow>("SELECT * FROM archestra_secrets ORDER BY name");
  }

  async row(name: string): Promise<RawRow> {
    const [row] = await this.database.query<RawRow>("SELECT * FROM archestra_secrets WHERE name = $1", name);
    if (row === undefined) throw new Error(`There is no row of the name ${name}.`);
    return row;
  }

  /** The names under which Vault holds anything at all. */
  async vaultNames(): Promise<string[]> {
    const { status, body } = await this.vault.request("LIST", `secret/metadata/${this.folder}`);
    if (status === 404) return [];
    if (status !== 200) throw new Error(`Vault lists nothing: ${status}.`);
    return [...((body.data?.keys ?? []) as string[])].sort();
  }

  /** The value that Vault holds. Undefined: none. */
  async vaultValue(name: string): Promise<unknown> {
    const { status, body } = await this.vault.request("GET", `secret/data/${this.folder}/${name}`);
    return status === 200 ? body.data?.data : undefined;
  }

  /** Empties both, behind the managers' backs. */
  async clear(): Promise<void> {
    await this.database.query("DELETE FROM archestra_secrets");
    for (const name of await this.vaultNames()) {
      await this.vault.demand("DELETE", `secret/metadata/${this.folder}/${name}`);
    }
  }
}

function intercepted<P extends Parameters<typeof interceptedPlugin>[0]>(plugin: P, intercept: Intercept): P {
  // What is no backend is nothing that a step could be taken in.
  return plugin.id === "TOKEN" ? plugin : interceptedPlugin(plugin, intercept);
}

const silent: Logger = { warn() {} };
