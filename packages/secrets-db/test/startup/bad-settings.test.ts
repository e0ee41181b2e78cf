import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "@archestra/secrets-core";
import { expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { fileEnvironment, startManager } from "../support/open-manager.ts";
import { plantedKey, plantedText } from "../support/planted.ts";
import { folderState } from "../support/raw-database.ts";
import { scratchFolder } from "../support/scratch-folder.ts";

const key = "ARCHESTRA_SECRETS_ENCRYPTION_SECRET";

interface Case {
  readonly what: string;
  /** The folder holds `empty.txt` and `key.txt`. */
  readonly env: (folder: string) => Environment;
  /** What the message must say: the variable, what is wrong, what to do. */
  readonly says: readonly string[];
  /** What it must not quote: a refused text may be a secret in the wrong variable. Absent: nothing in particular. */
  readonly hides?: string;
}

const cases: Case[] = [
  {
    what: "an unknown manager",
    env: () => ({ ARCHESTRA_SECRETS_MANAGER: "READONLY_VAULT" }),
    says: ["ARCHESTRA_SECRETS_MANAGER", "Installed: DB."],
    hides: "READONLY_VAULT",
  },
  {
    what: "a misspelt manager",
    env: () => ({ ARCHESTRA_SECRETS_MANAGER: "DBB" }),
    says: ["ARCHESTRA_SECRETS_MANAGER", "Installed: DB."],
    hides: "DBB",
  },
  {
    what: "a manager that is published and not installed",
    env: () => ({ ARCHESTRA_SECRETS_MANAGER: "vault" }),
    says: ["ARCHESTRA_SECRETS_MANAGER", "install @archestra/secrets-vault", "Installed: DB."],
  },
  {
    what: "no key at all",
    env: () => ({ [key]: undefined }),
    says: [key, `${key}_FILE`, "ARCHESTRA_AUTH_SECRET", "must be set", "openssl rand -base64 48"],
  },
  {
    what: "a blank key",
    env: () => ({ [key]: " \n" }),
    says: [key, "must be set", "openssl rand -base64 48"],
  },
  {
    what: "a key and a file with a key",
    env: (folder) => ({ [`${key}_FILE`]: join(folder, "key.txt") }),
    says: [`${key}_FILE`, "Set only one of them"],
  },
  {
    what: "a file with a key that is not there",
    env: (folder) => ({ [key]: undefined, [`${key}_FILE`]: join(folder, "none.txt") }),
    says: [`${key}_FILE`, "ENOENT", "Mount it"],
    hides: "none.txt",
  },
  {
    what: "a folder in the place of the file with a key",
    env: (folder) => ({ [key]: undefined, [`${key}_FILE`]: folder }),
    says: [`${key}_FILE`, "EISDIR"],
  },
  {
    what: "an empty file with a key",
    env: (folder) => ({ [key]: undefined, [`${key}_FILE`]: join(folder, "empty.txt") }),
    says: [`${key}_FILE`, "is empty"],
  },
  {
    what: "a URL of an unknown scheme",
    env: () => ({ ARCHESTRA_DATABASE_URL: `mysql://root:${plantedText()}@db/secrets` }),
    says: ["ARCHESTRA_DATABASE_URL", "`mysql:`", "not supported", "sqlite:"],
  },
  {
    what: "a URL whose scheme may be a password",
    env: () => ({ ARCHESTRA_DATABASE_URL: `${plantedText()}:5432/secrets` }),
    says: ["ARCHESTRA_DATABASE_URL", "has an unknown scheme", "sqlite:"],
  },
  {
    what: "a PostgreSQL URL whose password is not escaped",
    env: () => ({ ARCHESTRA_DATABASE_URL: `postgres://user:100%${plantedText()}@127.0.0.1/secrets` }),
    says: ["ARCHESTRA_DATABASE_URL", "%25"],
  },
  {
    what: "a URL without a scheme",
    env: (folder) => ({ ARCHESTRA_DATABASE_URL: `${folder}/${plantedText()}` }),
    says: ["ARCHESTRA_DATABASE_URL", "has no scheme", "sqlite:"],
  },
  {
    what: "a URL with a query",
    env: (folder) => ({ ARCHESTRA_DATABASE_URL: `sqlite:${folder}/a.db?key=${plantedText()}` }),
    says: ["ARCHESTRA_DATABASE_URL", "query", "%3F"],
  },
  {
    what: "a URL with a host",
    env: () => ({ ARCHESTRA_DATABASE_URL: `sqlite://host-${plantedText()}/secrets.db` }),
    says: ["ARCHESTRA_DATABASE_URL", "three slashes"],
  },
  {
    what: "a URL that names no file",
    env: () => ({ ARCHESTRA_DATABASE_URL: "sqlite:" }),
    says: ["ARCHESTRA_DATABASE_URL", "names no file"],
  },
  {
    what: "a boolean that is none",
    env: () => ({ ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STARTUP: "nope" }),
    says: ["ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STARTUP", "must be `true` or `false`"],
    hides: "nope",
  },
];

test.each(cases)(
  "$what stops the start, says what to do, and changes nothing",
  async ({ env, says, hides }) => {
    const folder = scratchFolder();
    writeFileSync(join(folder, "empty.txt"), "\n");
    writeFileSync(join(folder, "key.txt"), plantedKey());
    const before = folderState(folder);
    const settings = fileEnvironment(join(folder, "new", "secrets.db"), env(folder));
    const error = await failure(startManager(settings));
    expect(error).toMatchObject({
      name: "ConfigurationError",
      code: "INVALID_CONFIGURATION",
      retryable: false,
    });
    for (const words of says) expect(error.message).toContain(words);
    if (hides !== undefined) expect(error.message).not.toContain(hides);
    expect(folderState(folder)).toEqual(before);
  },
);

test("all problems of the settings are reported at once", async () => {
  const error = await failure(
    startManager({
      ARCHESTRA_DATABASE_URL: "mysql://host",
      ARCHESTRA_SECRETS_STRICT: "perhaps",
      ARCHESTRA_SECRETS_ACCEPT_NEW_ENCRYPTION_KEY: "perhaps",
    }),
  );
  expect("issues" in error ? error.issues : []).toMatchObject([
    { problem: "invalid", variable: "ARCHESTRA_SECRETS_STRICT" },
    { problem: "missing", variable: key, option: "encryptionSecret", plugin: "DB" },
    { problem: "invalid", variable: "ARCHESTRA_DATABASE_URL" },
    { problem: "invalid", variable: "ARCHESTRA_SECRETS_ACCEPT_NEW_ENCRYPTION_KEY" },
  ]);
});

test("a key may come from a file, without its final newline", async () => {
  const folder = scratchFolder();
  const secret = plantedKey();
  const file = join(folder, "secrets.db");
  writeFileSync(join(folder, "key.txt"), `${secret}\n`);
  const manager = await startManager(
    fileEnvironment(file, { [key]: undefined, [`${key}_FILE`]: join(folder, "key.txt") }),
  );
  await manager.create("a", { from: "file" });
  await manager.close();
  const again = await startManager(fileEnvironment(file, { [key]: secret }));
  expect((await again.get("a"))?.value).toEqual({ from: "file" });
});
