/* A plugin that is written for a contract of later is refused, in words that say so. */
import assert from "node:assert/strict";
import { createSecretsManager, isSecretsError } from "@archestra/secrets-core";
import { backend, definePlugin } from "@archestra/secrets-core/plugin";

let isOpened = false;
const laterPlugin = definePlugin({
  kind: backend,
  id: "FILES",
  contractVersion: 99,
  settings: {},
  create: () => {
    isOpened = true;
    throw new Error("never called");
  },
});
const refused = await createSecretsManager({ plugins: [laterPlugin] }).catch((error) => error);
assert.ok(isSecretsError(refused, "INVALID_CONFIGURATION"), String(refused));
assert.equal(refused.issues[0]?.problem, "incompatible");
assert.match(
  refused.message,
  /FILES implements version 99 of the contract of kind backend, which is not supported \(supported: 1\)/,
);
assert.equal(isOpened, false);
