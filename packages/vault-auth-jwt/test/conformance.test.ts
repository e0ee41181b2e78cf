import { testVaultAuth } from "@archestra/secrets-testkit/vault-auth";
import { runner, testPlugin } from "@archestra/secrets-testkit/vitest";
import { TokenIssuer } from "@archestra/test-servers/token-issuer";
import { describeOpenBao } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { jwtAuth } from "../src/index.ts";
import { jwtHarness } from "./support/jwt-harness.ts";

testPlugin({
  name: "the descriptor of JWT",
  harness: {
    plugin: jwtAuth,
    accepted: {
      ARCHESTRA_HASHICORP_VAULT_JWT_TOKEN: new TokenIssuer().issue(),
      ARCHESTRA_HASHICORP_VAULT_JWT_ROLE: "job",
      ARCHESTRA_HASHICORP_VAULT_JWT_MOUNT_POINT: "ci/jobs",
    },
    refused: {
      ARCHESTRA_HASHICORP_VAULT_JWT_TOKEN: "not-a-json-web-token",
      ARCHESTRA_HASHICORP_VAULT_JWT_MOUNT_POINT: "ci//jobs",
    },
  },
});

describeOpenBao("the method JWT", () => {
  const suite = testVaultAuth({ name: "JWT", harness: jwtHarness, ...runner });

  test("passes every case", () => {
    const { summary, complete } = suite.report();
    expect(complete).toBe(true);
    expect(summary).toMatchObject({ failed: 0, gap: 0, unsupported: 0 });
  });
});
