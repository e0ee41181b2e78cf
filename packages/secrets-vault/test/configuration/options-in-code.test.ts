import { createSecretsManager } from "@archestra/secrets-core";
import { plantedText } from "@archestra/test-harness/planted-values";
import { tokenAuth } from "@archestra/vault-auth-token";
import { expect, test } from "vitest";
import { type VaultOptions, vaultPlugin } from "../../src/index.ts";
import { failure } from "../support/failure.ts";

/** Nothing listens there: what is refused here is refused before the first request. */
const complete = { address: "https://127.0.0.1:9", license: true };

function start(options: VaultOptions, token = plantedText()): Promise<unknown> {
  const plugins = [vaultPlugin({ ...complete, ...options }), tokenAuth({ token })];
  return createSecretsManager({ plugins, env: {}, manager: "VAULT" });
}

test.each<[option: string, options: VaultOptions]>([
  ["secretPath", { secretPath: "secret/archestra" }],
  ["secretPath", { secretPath: "/" }],
  ["kvVersion", { kvVersion: "3" }],
  ["address", { address: "ftp://127.0.0.1" }],
  ["auth", { auth: "NONE" }],
  ["caCertificate", { caCertificate: "/nowhere/authority.pem" }],
  ["address", { address: "unix:/nowhere.sock", dispatcher: { dispatch: () => true } }],
])("a message about `%s`, given in code, names the option and no variable", async (option, options) => {
  const error = await failure(start(options));
  expect(error.code).toBe("INVALID_CONFIGURATION");
  expect(error.message).toContain(`option \`${option}\``);
  expect(error.message).not.toMatch(variableOf[option] ?? /^/);
});

test("a message about the token of `tokenAuth`, given in code, names the option and no variable of it", async () => {
  const error = await failure(start({}, "a token with spaces"));
  expect(error.message).toContain("option `token`");
  expect(error.message).not.toMatch(/VAULT_TOKEN/);
});

const variableOf: Readonly<Record<string, RegExp>> = {
  secretPath: /VAULT_SECRET_PATH/,
  kvVersion: /VAULT_KV_VERSION/,
  address: /VAULT_ADDR/,
  auth: /VAULT_AUTH_METHOD/,
  caCertificate: /VAULT_CACERT/,
};
