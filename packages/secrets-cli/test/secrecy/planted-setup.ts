import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin, openRotation } from "@archestra/secrets-db";
import { vaultPlugin } from "@archestra/secrets-vault";
import { HiddenTexts } from "@archestra/test-harness/hidden-texts";
import type { VaultServer } from "@archestra/test-servers/vault-server";
import { tokenAuth } from "@archestra/vault-auth-token";
import { armor, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import pg from "pg";

type Variables = Readonly<Record<string, string>>;

/** What is planted, by where it is. */
export type Planted =
  | "password"
  | "sourcePassword"
  | "token"
  | "current"
  | "previous"
  | "stored"
  | "inVault"
  | "foreign"
  | "imported"
  | "inTable"
  | "typed"
  | "mapped"
  | "passphrase"
  | "identity";

/** A PostgreSQL database and a Vault with secrets, every variable and every value of which is planted. */
export class PlantedSetup {
  readonly hidden = new HiddenTexts<Planted>();
  readonly #serverUrl: string;
  readonly #vault: VaultServer;
  readonly #folder = mkdtempSync(join(tmpdir(), "secrets-planted-"));
  #env: Variables = {};
  #identity = "";

  private constructor(serverUrl: string, vault: VaultServer) {
    this.#serverUrl = serverUrl;
    this.#vault = vault;
  }

  static async create(serverUrl: string, vault: VaultServer): Promise<PlantedSetup> {
    const setup = new PlantedSetup(serverUrl, vault);
    const { hidden } = setup;
    setup.#identity = await generateX25519Identity();
    hidden.add("identity", setup.#identity);
    await vault.mountKv("secret", 2);
    const token = { id: hidden.text("token"), policies: ["root"] };
    await vault.demand("POST", "auth/token/create", token);
    await vault.demand("POST", "secret/data/team/github", { data: { token: hidden.text("foreign") } });
    await vault.demand("POST", "secret/data/archestra/adopted", { data: { token: hidden.text("foreign") } });
    setup.#env = {
      ARCHESTRA_SECRETS_MANAGER: "VAULT",
      ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
      ARCHESTRA_HASHICORP_VAULT_ADDR: vault.address,
      ARCHESTRA_HASHICORP_VAULT_TOKEN: hidden.text("token"),
      ARCHESTRA_DATABASE_URL: await setup.newDatabase("password"),
      ARCHESTRA_SECRETS_ENCRYPTION_SECRET: hidden.text("current"),
      ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS: hidden.text("previous"),
    };
    const inDatabase = {
      app: { token: hidden.text("stored") },
      "variables/one": { TOKEN: hidden.text("stored") },
    };
    await setup.store(inDatabase, { ARCHESTRA_SECRETS_MANAGER: "DB" });
    await setup.store({ "in-vault": { token: hidden.text("inVault") } });
    return setup;
  }

  /** The variables of everything. */
  get env(): Variables {
    return this.#env;
  }

  /** The same, with servers that refuse every connection. */
  get unreachable(): Variables {
    return {
      ...this.#env,
      ARCHESTRA_HASHICORP_VAULT_ADDR: "http://127.0.0.1:1",
      ARCHESTRA_DATABASE_URL: `postgres://app:${this.hidden.text("password")}@127.0.0.1:1/db`,
    };
  }

  /** Creates secrets as an application does. */
  async store(
    secrets: Readonly<Record<string, Readonly<Record<string, string>>>>,
    more: Variables = {},
  ): Promise<void> {
    const manager = await createSecretsManager({
      plugins: [dbPlugin(), vaultPlugin(), tokenAuth()],
      env: { ...this.#env, ...more },
      logger: { warn: () => undefined },
    });
    try {
      for (const [name, value] of Object.entries(secrets)) await manager.set(name, value);
    } finally {
      await manager.close();
    }
  }

  /** Creates an empty database of a role of its own. @returns its URL with the password */
  async newDatabase(password: "password" | "sourcePassword"): Promise<string> {
    const name = `planted_${randomUUID().replaceAll("-", "")}`;
    await this.#query(
      this.#serverUrl,
      `CREATE ROLE ${name} LOGIN PASSWORD '${this.hidden.text(password)}'`,
      `CREATE DATABASE ${name} OWNER ${name}`,
    );
    const url = new URL(this.#serverUrl);
    url.pathname = `/${name}`;
    url.username = name;
    url.password = this.hidden.text(password);
    return url.href;
  }

  /** Creates a database with Archestra's table. @returns its URL */
  async newTable(): Promise<string> {
    const url = await this.newDatabase("sourcePassword");
    const columns =
      "id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name varchar(256) NOT NULL, secret jsonb NOT NULL, is_vault boolean NOT NULL DEFAULT false, vault_path varchar(512), created_at timestamp NOT NULL DEFAULT now(), updated_at timestamp NOT NULL DEFAULT now()";
    const value = JSON.stringify({ token: this.hidden.text("inTable") });
    const row = `INSERT INTO secret (name, secret) VALUES ('GitHub', '${value}')`;
    await this.#query(url, `CREATE TABLE secret (${columns})`, row);
    return url;
  }

  /** Creates an SQLite database that is rotated so far that its old key can be retired. */
  async sweptDatabase(): Promise<{ readonly env: Variables; readonly oldKey: string }> {
    const { hidden } = this;
    const file = join(this.#folder, `${randomUUID()}.db`);
    const old = {
      ARCHESTRA_DATABASE_URL: `sqlite://${file}`,
      ARCHESTRA_SECRETS_ENCRYPTION_SECRET: hidden.text("previous"),
    };
    const manager = await createSecretsManager({ plugins: [dbPlugin()], env: old });
    await manager.create("app", { token: hidden.text("stored") });
    await manager.close();
    const env = {
      ...old,
      ARCHESTRA_SECRETS_ENCRYPTION_SECRET: hidden.text("current"),
      ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS: hidden.text("previous"),
    };
    await using rotation = await openRotation({}, { env, logger: { warn: () => undefined } });
    await rotation.sweep();
    const { keys } = await rotation.status();
    return { env, oldKey: keys.find(({ current }) => !current)?.keyId ?? "" };
  }

  /** Encrypts a file for import with age, as text, with the planted passphrase or for the planted identity. */
  async encrypted(text: string, key: "passphrase" | "identity"): Promise<string> {
    const encrypter = new Encrypter();
    if (key === "passphrase") {
      encrypter.setScryptWorkFactor(10);
      encrypter.setPassphrase(this.hidden.text("passphrase"));
    } else encrypter.addRecipient(await identityToRecipient(this.#identity));
    return armor.encode(await encrypter.encrypt(text));
  }

  /** A file with the planted identity of age. */
  get identityFile(): string {
    return `# made by a test\n${this.#identity}\n`;
  }

  async close(): Promise<void> {
    rmSync(this.#folder, { recursive: true, force: true });
    await this.#vault.stop();
  }

  async #query(url: string, ...statements: readonly string[]): Promise<void> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
  }
}

/** The text of a file of variables. */
export function envFile(variables: Variables): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join("");
}
