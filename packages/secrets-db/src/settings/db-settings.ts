import {
  booleanSetting,
  type OptionsOf,
  option,
  type SettingsOf,
  variable,
} from "@archestra/secrets-core/plugin";
import type { Kysely } from "kysely";
import { acceptedUrls, databaseUrl } from "./database-url.ts";
import { previousSecretsSetting, schemaName, wholeNumber } from "./setting-schemas.ts";

/** Everything that can be set, in the order of messages and tables. */
export const dbSettings = {
  /**
   * Where the database is: `postgres://user:password@host/database`, `sqlite:secrets.db` or `file:secrets.db` for a
   * path relative to the working directory, `sqlite:///var/lib/app/secrets.db` for an absolute one.
   * ARCHESTRA_DATABASE_URL_FILE, or a function in code, is read again before a connection is opened, so that
   * credentials can change. Not set: an embedded SQLite database, `.archestra/secrets.db` in the working directory.
   *
   * Variable: `ARCHESTRA_DATABASE_URL`.
   */
  url: variable("ARCHESTRA_DATABASE_URL", {
    schema: databaseUrl,
    schemaMessagesAreSafe: true,
    secret: true,
    live: true,
    description: `Where the database is: ${acceptedUrls}. ARCHESTRA_DATABASE_URL_FILE, or a function in code, is read again before a connection is opened, so that credentials can change. Not set: an embedded SQLite database, \`.archestra/secrets.db\` in the working directory.`,
  }),
  /**
   * The application's own Kysely instance, for PostgreSQL, PGlite or SQLite; it stays open. Given, the URL is not
   * used.
   *
   * Only in code.
   */
  // biome-ignore lint/suspicious/noExplicitAny: an instance for whichever tables the application has
  kysely: option<Kysely<any>>({
    description:
      "The application's own Kysely instance, for PostgreSQL, PGlite or SQLite; it stays open. Given, the URL is not used.",
  }),
  /**
   * The PostgreSQL schema that holds the tables, as `?schema=` of the URL: applications with schemas of their own do
   * not see each other's secrets in one database. A start creates it when it is missing. Not set: the first schema
   * of the connection's `search_path`.
   *
   * Variable: `ARCHESTRA_DATABASE_SCHEMA`.
   */
  schema: variable("ARCHESTRA_DATABASE_SCHEMA", {
    schema: schemaName,
    description:
      "The PostgreSQL schema that holds the tables, as `?schema=` of the URL: applications with schemas of their own do not see each other's secrets in one database. A start creates it when it is missing. Not set: the first schema of the connection's `search_path`.",
  }),
  /**
   * How many connections to PostgreSQL a process opens at most. Not for SQLite, nor for a Kysely instance of the
   * application.
   *
   * Variable: `ARCHESTRA_DATABASE_POOL_MAX`. Default: `10`.
   */
  poolMax: variable("ARCHESTRA_DATABASE_POOL_MAX", {
    schema: wholeNumber(1, 500),
    schemaMessagesAreSafe: true,
    default: "10",
    description:
      "How many connections to PostgreSQL a process opens at most. Not for SQLite, nor for a Kysely instance of the application.",
  }),
  /**
   * After how many seconds without a statement a connection to PostgreSQL is closed.
   *
   * Variable: `ARCHESTRA_DATABASE_POOL_IDLE_SECONDS`. Default: `10`.
   */
  poolIdleSeconds: variable("ARCHESTRA_DATABASE_POOL_IDLE_SECONDS", {
    schema: wholeNumber(1, 86_400),
    schemaMessagesAreSafe: true,
    default: "10",
    description: "After how many seconds without a statement a connection to PostgreSQL is closed.",
  }),
  /**
   * After how many seconds a connection to PostgreSQL is replaced by a new one, with the credentials and the address
   * of that time.
   *
   * Variable: `ARCHESTRA_DATABASE_POOL_LIFETIME_SECONDS`. Default: `1800`.
   */
  poolLifetimeSeconds: variable("ARCHESTRA_DATABASE_POOL_LIFETIME_SECONDS", {
    schema: wholeNumber(1, 86_400),
    schemaMessagesAreSafe: true,
    default: "1800",
    description:
      "After how many seconds a connection to PostgreSQL is replaced by a new one, with the credentials and the address of that time.",
  }),
  /**
   * Whether a start may create and change the tables. If `false`, startup fails when migrations are pending.
   *
   * Variable: `ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STARTUP`. Default: `true`.
   */
  runMigrations: variable("ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STARTUP", {
    schema: booleanSetting,
    default: "true",
    description:
      "Whether a start may create and change the tables. If `false`, startup fails when migrations are pending.",
  }),
  /**
   * Whether a start fails when the file of a SQLite database does not exist, instead of creating it. Default: `false`.
   *
   * Only in code.
   */
  mustExist: option<boolean>({
    description:
      "Whether a start fails when the file of a SQLite database does not exist, instead of creating it. Default: `false`.",
  }),
  /**
   * The secret from which the current encryption key is derived: at least 32 random characters.
   *
   * Variable: `ARCHESTRA_SECRETS_ENCRYPTION_SECRET`.
   */
  encryptionSecret: variable("ARCHESTRA_SECRETS_ENCRYPTION_SECRET", {
    secret: true,
    requiredUnless: "ARCHESTRA_AUTH_SECRET",
    neededFor: "secrets",
    description:
      "The secret from which the current encryption key is derived: at least 32 random characters.",
    remedy:
      "For a new database, generate one with `openssl rand -base64 48` and keep it for as long as the database. For a database that holds secrets, use the one of its other processes.",
  }),
  /**
   * Previous secrets, used only for decryption: a JSON array of strings, such as `["first", "second"]`, which can
   * hold any secrets. Any other value is one secret; of a value with commas, each piece of at least 32 characters is
   * one, too.
   *
   * In code also an array of strings, each of which is one secret. Variable:
   * `ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS`.
   */
  previousSecrets: variable("ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS", {
    schema: previousSecretsSetting,
    schemaMessagesAreSafe: true,
    secret: true,
    description:
      'Previous secrets, used only for decryption: a JSON array of strings, such as `["first", "second"]`, which can hold any secrets. Any other value is one secret; of a value with commas, each piece of at least 32 characters is one, too.',
  }),
  /**
   * The current key's secret when ARCHESTRA_SECRETS_ENCRYPTION_SECRET is not set; read with whenever it is set.
   *
   * Variable: `ARCHESTRA_AUTH_SECRET`.
   */
  authSecret: variable("ARCHESTRA_AUTH_SECRET", {
    secret: true,
    description:
      "The current key's secret when ARCHESTRA_SECRETS_ENCRYPTION_SECRET is not set; read with whenever it is set.",
  }),
  /**
   * The longest wait, in milliseconds, before a start searches for secrets that are not under the current key and moves
   * them in the background. The wait is random, so that processes which start together do not all begin at
   * once. Default: 30 000.
   *
   * Only in code.
   */
  sweepDelay: option<number>({
    description:
      "The longest wait, in milliseconds, before a start searches for secrets that are not under the current key and moves them in the background. The wait is random, so that processes which start together do not all begin at once. Default: 30 000.",
  }),
  /**
   * For one start: registers a key that decrypts nothing in the database. Secrets under older keys stay unreadable.
   *
   * Variable: `ARCHESTRA_SECRETS_ACCEPT_NEW_ENCRYPTION_KEY`. Default: `false`.
   */
  acceptNewKey: variable("ARCHESTRA_SECRETS_ACCEPT_NEW_ENCRYPTION_KEY", {
    schema: booleanSetting,
    default: "false",
    description:
      "For one start: registers a key that decrypts nothing in the database. Secrets under older keys stay unreadable.",
  }),
};

/** The options of `dbPlugin`: each setting, given in code instead of in the environment. */
export type DbOptions = OptionsOf<typeof dbSettings>;

/** The settings of the plugin, as a start gets them. */
export type DbSettings = SettingsOf<typeof dbSettings>;

const { url, kysely, schema, poolMax, poolIdleSeconds, poolLifetimeSeconds } = dbSettings;

/** The settings that name the database and how it is reached. Migrations need no others: they read no secret. */
export const placeSettings = { url, kysely, schema, poolMax, poolIdleSeconds, poolLifetimeSeconds };

/** The settings that name the database, as a start gets them. */
export type PlaceSettings = SettingsOf<typeof placeSettings>;
