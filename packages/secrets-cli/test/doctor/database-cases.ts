import { chmodSync, copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { moveDatabase, openRotation } from "@archestra/secrets-db";
import {
  type BrokenConfigurations,
  edit,
  filledDatabase,
  newDatabase,
  newSecret,
  withManager,
} from "./broken-setup.ts";

const SECOND_PAGE = 4_096;
const SECRET = "ARCHESTRA_SECRETS_ENCRYPTION_SECRET";
const PREVIOUS = "ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS";
const OLD = "transition_id = 'old', transition_started_at = 1";

/** The variables that make another secret current. */
function promoted(env: Readonly<Record<string, string>>, next: string) {
  return { ...env, [SECRET]: next, [PREVIOUS]: env[SECRET] ?? "" };
}

/** A database that is rotated so far that its old key is not in use any more. */
async function sweptDatabase() {
  const { env, folder } = await filledDatabase();
  const next = promoted(env, newSecret());
  await using rotation = await openRotation({}, { env: next, logger: { warn: () => {} } });
  await rotation.sweep();
  const { keys } = await rotation.status();
  const oldKey = keys.find(({ current }) => !current)?.keyId ?? "";
  return { env, next, folder, oldKey };
}

/** Files, tables, keys, rows and entries of a database. */
export const databaseCases: BrokenConfigurations = {
  "the file does not exist": async () => {
    const { env, folder } = newDatabase();
    return { env, folder, finding: "DATABASE_ABSENT" };
  },
  "the file does not exist, and no start creates it": async () => {
    const { env, folder } = newDatabase();
    return {
      env: { ...env, ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STARTUP: "false" },
      folder,
      finding: "DATABASE_ABSENT",
    };
  },
  "the tables do not exist": async () => {
    const { env, folder, file } = newDatabase();
    edit(file, "CREATE TABLE application (id text)");
    chmodSync(file, 0o600);
    return { env, folder, finding: "MIGRATIONS_PENDING" };
  },
  "the URL names a folder": async () => {
    const { env, folder } = await filledDatabase();
    mkdirSync(join(folder, "data"));
    return {
      env: { ...env, ARCHESTRA_DATABASE_URL: `sqlite://${join(folder, "data")}` },
      folder,
      finding: "DATABASE_NOT_WRITABLE",
      corrected: { ARCHESTRA_DATABASE_URL: env.ARCHESTRA_DATABASE_URL },
    };
  },
  "the file is not a database": async () => {
    const { env, folder } = await filledDatabase();
    const text = join(folder, "text.db");
    writeFileSync(text, "planted-text ".repeat(400), { mode: 0o600 });
    return {
      env: { ...env, ARCHESTRA_DATABASE_URL: `sqlite://${text}` },
      folder,
      finding: "NOT_A_DATABASE",
      corrected: { ARCHESTRA_DATABASE_URL: env.ARCHESTRA_DATABASE_URL },
    };
  },
  "the file is accessible to all users": async () => {
    const { env, folder, file } = await filledDatabase();
    chmodSync(file, 0o644);
    return { env, folder, finding: "DATABASE_MODE" };
  },
  "the key is another": async () => {
    const { env, folder } = await filledDatabase();
    return {
      env: { ...env, [SECRET]: newSecret() },
      folder,
      finding: "KEY_MISMATCH",
      corrected: { [SECRET]: env[SECRET] },
    };
  },
  "the key is another, and comes from the secret of the application": async () => {
    const { env, folder } = await filledDatabase();
    const { [SECRET]: secret, ...others } = env;
    return {
      env: { ...others, ARCHESTRA_AUTH_SECRET: newSecret() },
      folder,
      finding: "KEY_MISMATCH",
      corrected: { ARCHESTRA_AUTH_SECRET: secret },
    };
  },
  "secrets are under a key that the process lacks": async () => {
    const { env, folder } = await filledDatabase();
    const next = promoted(env, newSecret());
    await withManager(next, (manager) => manager.create("third", { token: "planted" }));
    const { [PREVIOUS]: previous, ...others } = next;
    return {
      env: others,
      folder,
      finding: "UNKNOWN_KEY",
      corrected: { [PREVIOUS]: previous },
      left: ["ROWS_UNDER_OLD_KEY"],
    };
  },
  "secrets are under an old key": async () => {
    const { env, folder } = await filledDatabase();
    const next = promoted(env, newSecret());
    await withManager(next, (manager) => manager.create("third", { token: "planted" }));
    return { env: next, folder, finding: "ROWS_UNDER_OLD_KEY", left: ["KEY_NOT_RETIRED"] };
  },
  "an old key has no secrets and is not retired": async () => {
    const { next, folder } = await sweptDatabase();
    return { env: next, folder, finding: "KEY_NOT_RETIRED" };
  },
  "the current key was retired": async () => {
    const { env, next, folder, oldKey } = await sweptDatabase();
    await using rotation = await openRotation({}, { env: next, logger: { warn: () => {} } });
    await rotation.retire(oldKey);
    const old = { ...env, [PREVIOUS]: next[SECRET] ?? "" };
    return {
      env: old,
      folder,
      finding: "KEY_RETIRED",
      corrected: { [SECRET]: next[SECRET], [PREVIOUS]: env[SECRET] },
    };
  },
  "rows were imported in plaintext": async () => {
    const { env, folder, file } = await filledDatabase();
    edit(file, `INSERT INTO archestra_secrets (name, value) VALUES ('imported', '{"token":"planted-row"}')`);
    return { env, folder, finding: "UNENCRYPTED_ROWS" };
  },
  "rows were imported in plaintext, in strict mode": async () => {
    const { env, folder, file } = await filledDatabase();
    edit(file, `INSERT INTO archestra_secrets (name, value) VALUES ('imported', '{"token":"planted-row"}')`);
    return {
      env: { ...env, ARCHESTRA_SECRETS_STRICT: "true" },
      folder,
      finding: "UNENCRYPTED_ROWS",
      act: () => withManager(env, async () => {}),
    };
  },
  "a row was changed by another program": async () => {
    const { env, folder, file } = await filledDatabase();
    edit(
      file,
      "UPDATE archestra_secrets SET value = (SELECT value FROM archestra_secrets WHERE name = 'first') WHERE name <> 'first'",
    );
    return { env, folder, finding: "DAMAGED_ROWS" };
  },
  "pages of the file are damaged": async () => {
    const { env, folder, file } = await filledDatabase();
    const backup = `${file}.backup`;
    copyFileSync(file, backup);
    const content = readFileSync(file);
    content.fill(0xaa, SECOND_PAGE);
    writeFileSync(file, content);
    return { env, folder, finding: "DATABASE_DAMAGED", act: () => renameSync(backup, file) };
  },
  "a creation is stale": async () => {
    const { env, folder, file } = await filledDatabase();
    edit(
      file,
      `INSERT INTO archestra_secrets (name, state, transition_id, transition_started_at) VALUES ('half $(touch x)', 'creating', 'old', 1)`,
    );
    return { env, folder, exitCode: 3, finding: "STALE_TRANSITIONS" };
  },
  "a deletion is stale": async () => {
    const { env, folder, file } = await filledDatabase();
    edit(file, `UPDATE archestra_secrets SET state = 'deleting', ${OLD} WHERE name = '$(touch x)'`);
    return { env, folder, exitCode: 3, finding: "STALE_TRANSITIONS" };
  },
  "a lock is stale": async () => {
    const { env, folder, file } = await filledDatabase();
    edit(file, `UPDATE archestra_secrets SET state = 'locked', ${OLD} WHERE name = 'first'`);
    return { env, folder, finding: "STALE_TRANSITIONS" };
  },
  "the owner of a secret is not installed": async () => {
    const { env, folder, file } = await filledDatabase();
    edit(file, "INSERT INTO archestra_secrets (name, manager) VALUES ('elsewhere', 'ACME')");
    return {
      env,
      folder,
      finding: "OWNER_NOT_INSTALLED",
      act: () => edit(file, "DELETE FROM archestra_secrets WHERE manager = 'ACME'"),
    };
  },
  "a row names another owner beside its value": async () => {
    const { env, folder, file } = await filledDatabase();
    edit(file, "UPDATE archestra_secrets SET manager = 'MEMORY' WHERE name = 'first'");
    return {
      env,
      folder,
      finding: "OWNER_MISMATCH",
      act: () => edit(file, "UPDATE archestra_secrets SET manager = 'DB'"),
    };
  },
  "the database was moved away": async () => {
    const { env, folder } = await filledDatabase();
    const target = newDatabase();
    await moveDatabase({
      from: { url: env.ARCHESTRA_DATABASE_URL },
      to: { url: target.env.ARCHESTRA_DATABASE_URL },
    });
    return {
      env,
      folder,
      finding: "DATABASE_MOVED",
      corrected: { ARCHESTRA_DATABASE_URL: target.env.ARCHESTRA_DATABASE_URL },
    };
  },
};
