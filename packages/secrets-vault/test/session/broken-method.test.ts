import { createSecretsManager } from "@archestra/secrets-core";
import { definePlugin } from "@archestra/secrets-core/plugin";
import { plantedText } from "@archestra/test-harness/planted-values";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { vaultAuth } from "../../src/auth.ts";
import { vaultPlugin } from "../../src/index.ts";
import { failure } from "../support/failure.ts";
import { vaultEnv } from "../support/open-vault.ts";

/** A method in JavaScript, which no compiler has checked. */
function startWith(product: unknown, address: string) {
  const method = definePlugin({
    kind: vaultAuth,
    id: "ACME",
    contractVersion: 1,
    settings: {},
    create: () => product as never,
  });
  const env = vaultEnv(address, { ARCHESTRA_HASHICORP_VAULT_AUTH_METHOD: "ACME" });
  return failure(createSecretsManager({ plugins: [vaultPlugin(), method], env }));
}

describeVault("an auth method that violates its contract fails the start", () => {
  test.each([
    ["no result", undefined, "`login()` must return an object"],
    ["no token", { issued: true }, "`login().token` must be a string"],
    [
      "a Promise of a token",
      { token: Promise.resolve(plantedText()), issued: true },
      "`login().token` must be a",
    ],
    [
      "a token with a line break",
      { token: `${plantedText()}\n`, issued: true },
      "`login().token` must be a token of Vault",
    ],
    ["no token that was issued", { token: "", issued: true }, "`login().token` must not be empty when"],
    ["no `issued`", { token: plantedText() }, "`login().issued` must be true or false"],
    [
      "a duration that is a text",
      { token: plantedText(), issued: true, ttl: "1h" },
      "`login().ttl` must be a number",
    ],
    [
      "an unknown type",
      { token: plantedText(), issued: true, ttl: 1, type: "periodic" },
      "`login().type` must be",
    ],
    [
      "no uses left",
      { token: plantedText(), issued: true, ttl: 1, uses: 0 },
      "`login().uses` must be a number above 0",
    ],
  ])("%s", async (_case, login, rule) => {
    const server = await vaultOfTest();
    const error = await startWith({ login: async () => login }, server.address);

    expect(error).toMatchObject({
      code: "INTERNAL",
      reason: "PLUGIN_BROKEN",
      retryable: false,
      manager: "VAULT",
    });
    expect(error.message).toContain(`selects violates its contract: ${rule}`);
  });
});

test("a product without `login` fails the start before any request", async () => {
  const error = await startWith({ token: plantedText() }, "http://127.0.0.1:9");

  expect(error).toMatchObject({ code: "INTERNAL", reason: "PLUGIN_BROKEN", retryable: false });
  expect(error.message).toContain("The plugin ACME violates its contract: `login` must be a function.");
});
