import { join } from "node:path";
import { type BrokenConfigurations, filledDatabase, newDatabase, newSecret } from "./broken-setup.ts";

/** Wrong and missing variables. */
export const settingCases: BrokenConfigurations = {
  "the encryption secret is missing": async () => {
    const { env, folder } = await filledDatabase();
    const { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: secret, ...others } = env;
    return {
      env: others,
      folder,
      finding: "SETTING_MISSING",
      corrected: { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: secret },
    };
  },
  "the URL of the database has an unknown scheme": async () => {
    const { env } = await filledDatabase();
    return {
      env: { ...env, ARCHESTRA_DATABASE_URL: "mysql://user:planted-password@host/db" },
      finding: "SETTING_INVALID",
      corrected: { ARCHESTRA_DATABASE_URL: env.ARCHESTRA_DATABASE_URL },
    };
  },
  "a secret is set directly and by a file": async () => {
    const { env, file } = await filledDatabase();
    return {
      env: { ...env, ARCHESTRA_SECRETS_ENCRYPTION_SECRET_FILE: file },
      finding: "SETTING_CONFLICT",
      corrected: {
        ARCHESTRA_SECRETS_ENCRYPTION_SECRET: env.ARCHESTRA_SECRETS_ENCRYPTION_SECRET,
        ARCHESTRA_SECRETS_ENCRYPTION_SECRET_FILE: undefined,
      },
    };
  },
  "the file of a secret does not exist": async () => {
    const { env, folder } = await filledDatabase();
    const { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: secret, ...others } = env;
    return {
      env: { ...others, ARCHESTRA_SECRETS_ENCRYPTION_SECRET_FILE: join(folder, "absent") },
      finding: "SETTING_UNREADABLE",
      corrected: {
        ARCHESTRA_SECRETS_ENCRYPTION_SECRET: secret,
        ARCHESTRA_SECRETS_ENCRYPTION_SECRET_FILE: undefined,
      },
    };
  },
  "the manager is not known": async () => {
    const { env, folder } = await filledDatabase();
    return {
      env: { ...env, ARCHESTRA_SECRETS_MANAGER: "VALUT" },
      folder,
      finding: "PLUGIN_UNKNOWN",
      corrected: { ARCHESTRA_SECRETS_MANAGER: "DB" },
    };
  },
  "a secret is in a variable that is shown": async () => {
    const { env } = await filledDatabase();
    return {
      env: { ...env, ARCHESTRA_DATABASE_SCHEMA: "hvs.planted-token-AAAAAAAAAAAAAAAAAAAAAA" },
      finding: "SETTING_INVALID",
      corrected: { ARCHESTRA_DATABASE_SCHEMA: undefined },
    };
  },
  "a variable is misspelled": async () => {
    const { env } = await filledDatabase();
    return {
      env: { ...env, ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STRATUP: "true" },
      finding: "VARIABLE_UNKNOWN",
      corrected: {
        ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STRATUP: undefined,
        ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STARTUP: "true",
      },
    };
  },
  "a word is left out of a variable": async () => {
    const { env } = await filledDatabase();
    return {
      env: { ...env, ARCHESTRA_SECRETS_SECRET_PREVIOUS: newSecret() },
      finding: "VARIABLE_UNKNOWN",
      corrected: {
        ARCHESTRA_SECRETS_SECRET_PREVIOUS: undefined,
        ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS: newSecret(),
      },
    };
  },
  "strict mode is neither true nor false": async () => {
    const { env } = await filledDatabase();
    return {
      env: { ...env, ARCHESTRA_SECRETS_STRICT: "maybe" },
      finding: "SETTING_INVALID",
      corrected: { ARCHESTRA_SECRETS_STRICT: "false" },
    };
  },
  "Vault is requested and nothing of it is set": async () => {
    const { env, folder } = await filledDatabase();
    return {
      env: {
        ...env,
        ARCHESTRA_SECRETS_MANAGER: "VAULT",
        ARCHESTRA_HASHICORP_VAULT_ADDR: "http://127.0.0.1:9",
      },
      folder,
      finding: "FALLBACK",
      corrected: { ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: undefined, ARCHESTRA_SECRETS_MANAGER: "DB" },
    };
  },
  "Vault is requested in strict mode and lacks its license": async () => {
    const { env } = await filledDatabase();
    return {
      env: {
        ...env,
        ARCHESTRA_SECRETS_MANAGER: "VAULT",
        ARCHESTRA_SECRETS_STRICT: "true",
        ARCHESTRA_HASHICORP_VAULT_ADDR: "http://127.0.0.1:9",
        ARCHESTRA_HASHICORP_VAULT_TOKEN: "planted-token",
      },
      finding: "SETTING_MISSING",
      corrected: { ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: undefined, ARCHESTRA_SECRETS_MANAGER: "DB" },
    };
  },
  "a schema is set for SQLite": async () => {
    const { env, folder } = await filledDatabase();
    return {
      env: { ...env, ARCHESTRA_DATABASE_SCHEMA: "vault" },
      folder,
      finding: "SCHEMA_UNSUPPORTED",
      corrected: { ARCHESTRA_DATABASE_SCHEMA: undefined },
    };
  },
  "the database is in memory": async () => {
    const { env } = await filledDatabase();
    return {
      env: { ...env, ARCHESTRA_DATABASE_URL: "sqlite::memory:" },
      finding: "DATABASE_IN_MEMORY",
      corrected: { ARCHESTRA_DATABASE_URL: env.ARCHESTRA_DATABASE_URL },
    };
  },
  "a wrong key is accepted": async () => {
    const { env } = await filledDatabase();
    return {
      env: { ...env, ARCHESTRA_SECRETS_ACCEPT_NEW_ENCRYPTION_KEY: "true" },
      finding: "NEW_KEY_ACCEPTED",
      corrected: { ARCHESTRA_SECRETS_ACCEPT_NEW_ENCRYPTION_KEY: undefined },
    };
  },
  "the secret of a new database is short": async () => {
    const { env, folder } = newDatabase("planted-short");
    const { migrateDatabase } = await import("@archestra/secrets-db");
    await migrateDatabase({}, { env });
    return {
      env,
      folder,
      finding: "WEAK_SECRET",
      corrected: { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: newSecret() },
    };
  },
};
