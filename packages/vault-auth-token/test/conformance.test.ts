import { testVaultAuth } from "@archestra/secrets-testkit/vault-auth";
import { runner, testPlugin } from "@archestra/secrets-testkit/vitest";
import { describeVault } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { tokenAuth } from "../src/index.ts";
import { tokenHarness } from "./support/token-harness.ts";

testPlugin({
  name: "the descriptor of TOKEN",
  harness: {
    plugin: tokenAuth,
    accepted: { ARCHESTRA_HASHICORP_VAULT_TOKEN: "hvs.not-a-real-token" },
    refused: { ARCHESTRA_HASHICORP_VAULT_TOKEN: "hvs.not a real token" },
  },
});

describeVault("the method TOKEN", () => {
  const suite = testVaultAuth({ name: "TOKEN", harness: tokenHarness, ...runner });

  test("passes every case", () => {
    const { summary, complete } = suite.report();
    expect(complete).toBe(true);
    expect(summary).toMatchObject({ failed: 0, gap: 0, unsupported: 0 });
  });
});
