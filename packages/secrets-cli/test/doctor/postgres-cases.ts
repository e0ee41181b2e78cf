import { migrateDatabase } from "@archestra/secrets-db";
import { expect, onTestFinished } from "vitest";
import { newPostgresDatabase, newPostgresRole, queryPostgres } from "../support/postgres-database.ts";
import {
  type BrokenConfigurations,
  newSecret,
  silentServer,
  type Variables,
  withManager,
} from "./broken-setup.ts";
import { runCommand, runDoctor, shellWords } from "./run-doctor.ts";

const URL_VARIABLE = "ARCHESTRA_DATABASE_URL";

/** A database of this test alone, with a secret. */
async function filledDatabase() {
  const url = await newPostgresDatabase("doctor");
  const env = { [URL_VARIABLE]: url, ARCHESTRA_SECRETS_ENCRYPTION_SECRET: newSecret() };
  await withManager(env, (manager) => manager.create("first", { token: "planted-value" }));
  return { env, url };
}

/** A URL that differs from the right one. */
function withUrl(env: Variables, change: (url: URL) => void): Variables {
  const url = new URL(env[URL_VARIABLE] ?? "");
  change(url);
  return { ...env, [URL_VARIABLE]: url.href };
}

/** A server that cannot be reached, refuses, or lacks something. */
export const postgresCases: BrokenConfigurations = {
  "PostgreSQL does not listen": async () => {
    const { env } = await filledDatabase();
    const broken = withUrl(env, (url) => {
      url.port = "9";
    });
    return { env: broken, finding: "UNAVAILABLE", corrected: env };
  },
  "PostgreSQL does not answer": async () => {
    const { env } = await filledDatabase();
    const { port } = await silentServer();
    const broken = withUrl(env, (url) => {
      url.port = port;
    });
    return { env: broken, finding: "DATABASE_SILENT", corrected: env };
  },
  "PostgreSQL refuses the password": async () => {
    const { env } = await filledDatabase();
    const broken = withUrl(env, (url) => {
      url.password = "planted-password";
    });
    return { env: broken, finding: "PASSWORD_REFUSED", corrected: env };
  },
  "the database does not exist on its server": async () => {
    const { env } = await filledDatabase();
    const broken = withUrl(env, (url) => {
      url.pathname = "/absent";
    });
    return { env: broken, finding: "DATABASE_MISSING", corrected: env };
  },
  "the schema does not exist": async () => {
    const { env } = await filledDatabase();
    return { env: { ...env, ARCHESTRA_DATABASE_SCHEMA: "vault" }, finding: "MIGRATIONS_PENDING" };
  },
  "the database is read-only, as a demoted one is": async () => {
    const { env, url } = await filledDatabase();
    const name = new URL(url).pathname.slice(1);
    await queryPostgres(url, `ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    const broken = { ...env };
    return {
      env: broken,
      finding: "DATABASE_READ_ONLY",
      corrected: withUrl(env, ({ searchParams }) => {
        searchParams.set("options", "-c default_transaction_read_only=off");
      }),
    };
  },
  "the user lacks privileges": async () => {
    const { env, url } = await filledDatabase();
    const { role, roleUrl } = await newPostgresRole(url);
    await queryPostgres(
      url,
      `GRANT SELECT ON archestra_secrets, archestra_secrets_keys, archestra_secrets_migrations TO ${role}`,
    );
    return {
      env: { ...env, [URL_VARIABLE]: roleUrl },
      finding: "MISSING_PRIVILEGES",
      corrected: env,
      act: () => queryPostgres(url, `DROP OWNED BY ${role}`),
    };
  },
  "the user has no privileges on the tables": async () => {
    const { env, url } = await filledDatabase();
    const { role, roleUrl } = await newPostgresRole(url);
    const broken = { ...env, [URL_VARIABLE]: roleUrl };
    return {
      env: broken,
      finding: "MISSING_PRIVILEGES",
      // The command of the finding prints the statements.
      act: async () => {
        const { findings } = await runDoctor(broken);
        const [, ...args] = shellWords(findings[0]?.command ?? "");
        expect(args).toEqual(["schema", "grants", "--role", role]);
        const { stdout } = await runCommand(args, broken);
        await queryPostgres(url, stdout);
        onTestFinished(() => queryPostgres(url, `DROP OWNED BY ${role}`));
      },
    };
  },
  "another role can write to the tables": async () => {
    const { env, url } = await filledDatabase();
    const { role } = await newPostgresRole(url);
    await queryPostgres(url, `GRANT ALL ON archestra_secrets TO ${role}`);
    return { env, finding: "OTHER_ROLES", act: () => queryPostgres(url, `DROP OWNED BY ${role}`) };
  },
  "migrations may not run at a start and are pending": async () => {
    const { env } = await filledDatabase();
    const broken = {
      ...env,
      ARCHESTRA_DATABASE_SCHEMA: "other",
      ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STARTUP: "false",
    };
    return {
      env: broken,
      finding: "MIGRATIONS_PENDING",
      act: () => migrateDatabase({}, { env: broken }).then(() => {}),
    };
  },
};
