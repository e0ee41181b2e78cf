/* An application with a newer core, and a plugin with an older copy of its own. */
import assert from "node:assert/strict";
import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { createSecretsManager, isSecretsError, SecretsError } from "@archestra/secrets-core";
import { openStandalone } from "@archestra/secrets-core/plugin";
import { filesPlugin } from "secrets-files";

const manifest = "@archestra/secrets-core/package.json";
const require = createRequire(import.meta.url);
const requireOfPlugin = createRequire(realpathSync(fileURLToPath(import.meta.resolve("secrets-files"))));
assert.equal(require(manifest).version, "1.1.0");
assert.equal(requireOfPlugin(manifest).version, "1.0.0");

const secrets = await createSecretsManager({ plugins: [filesPlugin()] });
await secrets.create("a", { token: "1" });
assert.deepEqual((await secrets.get("a"))?.value, { token: "1" });
const exists = await secrets.create("a", { token: "2" }).catch((error) => error);
assert.ok(isSecretsError(exists, "ALREADY_EXISTS"), String(exists));
const conflict = await secrets.delete("a", { ifVersion: "FILES:another" }).catch((error) => error);
assert.ok(isSecretsError(conflict, "CONFLICT"), String(conflict));
await secrets.close();

const { product, dispose } = await openStandalone(filesPlugin());
const context = { signal: new AbortController().signal, deadline: Date.now() + 5_000, logger: console };
const foreign = await product
  .write("b", { token: "1" }, { expect: "present" }, context)
  .catch((error) => error);
assert.ok(!(foreign instanceof SecretsError), "the error is of the plugin's copy");
assert.ok(isSecretsError(foreign, "NOT_FOUND"), "it is recognised all the same");
await dispose();
