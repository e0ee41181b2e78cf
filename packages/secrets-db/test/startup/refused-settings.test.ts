import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isSecretsError } from "@archestra/secrets-core";
import { expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { fileEnvironment, startManager } from "../support/open-manager.ts";
import { plantedKey, plantedText } from "../support/planted.ts";
import { folderState } from "../support/raw-database.ts";
import { scratchFolder } from "../support/scratch-folder.ts";

const folderOf = () => {
  const folder = scratchFolder();
  mkdirSync(join(folder, "folder"));
  writeFileSync(join(folder, "plain-file"), "This is no database, and long enough to be one. ".repeat(20));
  writeFileSync(join(folder, "key"), `${plantedKey()}\n`);
  writeFileSync(join(folder, "empty"), "\n");
  return folder;
};

const secretFile = "ARCHESTRA_SECRETS_ENCRYPTION_SECRET_FILE";

test.each<[string, (folder: string) => Record<string, string | undefined>, string[]]>([
  [
    "an unknown manager",
    () => ({ ARCHESTRA_SECRETS_MANAGER: "DBB" }),
    ["ARCHESTRA_SECRETS_MANAGER", '"DBB"', "DB"],
  ],
  [
    "a manager whose package is not installed",
    () => ({ ARCHESTRA_SECRETS_MANAGER: "vault" }),
    ["ARCHESTRA_SECRETS_MANAGER", "@archestra/secrets-vault"],
  ],
  [
    "no key",
    () => ({ ARCHESTRA_SECRETS_ENCRYPTION_SECRET: "  " }),
    ["ARCHESTRA_SECRETS_ENCRYPTION_SECRET", "ARCHESTRA_AUTH_SECRET", "openssl rand"],
  ],
  [
    "a key and its file",
    (folder) => ({ [secretFile]: join(folder, "key") }),
    [secretFile, "Set one of the two"],
  ],
  [
    "a key file that is not there",
    (folder) => ({ ARCHESTRA_SECRETS_ENCRYPTION_SECRET: undefined, [secretFile]: join(folder, "absent") }),
    [secretFile, "absent", "ENOENT"],
  ],
  [
    "a key file that is empty",
    (folder) => ({ ARCHESTRA_SECRETS_ENCRYPTION_SECRET: undefined, [secretFile]: join(folder, "empty") }),
    [secretFile, "empty"],
  ],
  [
    "a URL of an unknown scheme",
    () => ({ ARCHESTRA_DATABASE_URL: `mysql://user:${plantedText()}@host/database` }),
    ["ARCHESTRA_DATABASE_URL", "mysql:", "sqlite:"],
  ],
  ["a URL without a scheme", () => ({ ARCHESTRA_DATABASE_URL: "secrets.db" }), ["has no scheme", "sqlite:"]],
  [
    "a URL with a query",
    (folder) => ({ ARCHESTRA_DATABASE_URL: `sqlite:${folder}/a.db?mode=memory` }),
    ["ARCHESTRA_DATABASE_URL", "query"],
  ],
  [
    "a URL that names a folder",
    (folder) => ({ ARCHESTRA_DATABASE_URL: `sqlite:${folder}/folder` }),
    ["folder", "chosen"],
  ],
  ["a URL with a host", () => ({ ARCHESTRA_DATABASE_URL: "sqlite://host/a.db" }), ["three slashes"]],
  [
    "a folder that cannot be made",
    (folder) => ({ ARCHESTRA_DATABASE_URL: `sqlite:${folder}/plain-file/a.db` }),
    ["plain-file", "cannot be opened for writing"],
  ],
  [
    "a file that is no database",
    (folder) => ({ ARCHESTRA_DATABASE_URL: `sqlite:${folder}/plain-file` }),
    ["plain-file", "no SQLite database", "nothing was changed"],
  ],
  [
    "a flag that is none",
    () => ({ ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STARTUP: "perhaps" }),
    ["ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STARTUP", "perhaps", "true"],
  ],
  [
    "strict mode that is neither on nor off",
    () => ({ ARCHESTRA_SECRETS_STRICT: "perhaps" }),
    ["ARCHESTRA_SECRETS_STRICT"],
  ],
])("%s is INVALID_CONFIGURATION, says what to do, and changes nothing", async (_, settings, words) => {
  const folder = folderOf();
  const before = folderState(folder);
  const env = fileEnvironment(join(folder, "made.db"), settings(folder));
  const error = await failure(startManager(env));
  expect(error.code).toBe("INVALID_CONFIGURATION");
  for (const word of words.filter((word) => word !== "chosen")) expect(error.message).toContain(word);
  expect(folderState(folder)).toEqual(before);
});

test("everything that is wrong is told at once", async () => {
  const error = await failure(
    startManager({
      ARCHESTRA_DATABASE_URL: "mysql://host",
      ARCHESTRA_SECRETS_ACCEPT_NEW_ENCRYPTION_KEY: "x",
    }),
  );
  expect(isSecretsError(error) && "issues" in error ? error.issues : []).toMatchObject([
    {
      problem: "missing",
      variable: "ARCHESTRA_SECRETS_ENCRYPTION_SECRET",
      option: "encryptionSecret",
      plugin: "DB",
    },
    { problem: "invalid", variable: "ARCHESTRA_DATABASE_URL" },
    { problem: "invalid", variable: "ARCHESTRA_SECRETS_ACCEPT_NEW_ENCRYPTION_KEY" },
  ]);
});
