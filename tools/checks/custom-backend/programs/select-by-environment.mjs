/* An application with two plugins: the environment chooses FILES, and DB, without a key, only knows whose secrets are whose. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { createSecretsManager, isSecretsError, SecretsError } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";
import { filesPlugin } from "secrets-files";

const core = "@archestra/secrets-core/package.json";
const coreOfPlugin = createRequire(realpathSync(fileURLToPath(import.meta.resolve("secrets-files")))).resolve(
  core,
);
assert.equal(
  realpathSync(coreOfPlugin),
  realpathSync(fileURLToPath(import.meta.resolve(core))),
  "one copy of core",
);

const secrets = await createSecretsManager({ plugins: [dbPlugin(), filesPlugin()] });
assert.equal(secrets.describe().manager, "FILES");
assert.equal(secrets.describe().ownership, "DB");
await secrets.create("github/token", { token: "1" });
await secrets.update("github/token", ({ token }) => ({ token: `${token}2` }));
assert.deepEqual((await secrets.get("github/token"))?.value, { token: "12" });
assert.deepEqual(await Array.fromAsync(secrets.list(), ({ name }) => name), ["github/token"]);
assert.deepEqual(readdirSync(process.env.SECRETS_FILES_FOLDER), [
  `${Buffer.from("github/token").toString("hex")}.age`,
]);
const refused = await secrets.create("github/token", { token: "3" }).catch((error) => error);
assert.ok(isSecretsError(refused, "ALREADY_EXISTS") && refused instanceof SecretsError, String(refused));
assert.equal(await secrets.delete("github/token"), true);
await secrets.close();
assert.ok(existsSync(".archestra"), "DB has made the database of its table");
