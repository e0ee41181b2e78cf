/* An application with a newer core than the one that the plugin was built with: there is one copy, the newer. */
import assert from "node:assert/strict";
import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { createSecretsManager, isSecretsError, SecretsError } from "@archestra/secrets-core";
import { filesPlugin } from "secrets-files";

const manifest = "@archestra/secrets-core/package.json";
const requireOfPlugin = createRequire(realpathSync(fileURLToPath(import.meta.resolve("secrets-files"))));
assert.equal(requireOfPlugin(manifest).version, "1.1.0");
assert.equal(
  realpathSync(requireOfPlugin.resolve(manifest)),
  realpathSync(fileURLToPath(import.meta.resolve(manifest))),
  "one copy of core",
);

const secrets = await createSecretsManager({ plugins: [filesPlugin()] });
await secrets.create("a", { token: "1" });
await secrets.update("a", ({ token }) => ({ token: `${token}2` }));
assert.deepEqual((await secrets.get("a"))?.value, { token: "12" });
const exists = await secrets.create("a", { token: "3" }).catch((error) => error);
assert.ok(isSecretsError(exists, "ALREADY_EXISTS") && exists instanceof SecretsError, String(exists));
assert.equal(await secrets.delete("a"), true);
await secrets.close();
