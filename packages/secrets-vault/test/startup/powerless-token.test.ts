import { plantedText } from "@archestra/test-harness/planted-values";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { recordedLogger } from "../support/recorded-logger.ts";

const value = { token: plantedText() };

describeVault("a token that has access to nothing under the mount", () => {
  test("does not stop the start, and each call is refused with the policy that is missing", async () => {
    const server = await vaultOfTest({ rootToken: plantedText() });
    await server.mountKv("secret", 2);
    const { token } = await server.createToken({ policies: ["default"] });
    const logger = recordedLogger();
    const manager = await openVault(vaultEnv(server.address, tokenEnv(token)), { logger });
    expect(logger.warnings.map(({ fields }) => fields.code)).toContain(
      "ARCHESTRA_SECRETS_VAULT_MISSING_CAPABILITIES",
    );
    for (const call of [
      () => manager.get("a"),
      () => manager.create("a", value),
      () => manager.delete("a"),
    ]) {
      const { code, message } = await failure(call());
      expect([code, message]).toEqual([
        "PERMISSION_DENIED",
        expect.stringContaining("Add to the policy: path"),
      ]);
    }
  });
});
