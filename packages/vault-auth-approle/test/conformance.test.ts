import { testVaultAuth } from "@archestra/secrets-testkit/vault-auth";
import { runner, testPlugin } from "@archestra/secrets-testkit/vitest";
import { hashicorpVault, openBao } from "@archestra/test-servers/vault-product";
import { describeHashicorpVault, describeOpenBao } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { appRoleAuth } from "../src/index.ts";
import { appRoleHarness } from "./support/app-role-harness.ts";

testPlugin({
  name: "the descriptor of APPROLE",
  harness: {
    plugin: appRoleAuth,
    accepted: {
      ARCHESTRA_HASHICORP_VAULT_APPROLE_ROLE_ID: "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
      ARCHESTRA_HASHICORP_VAULT_APPROLE_SECRET_ID: "not-a-real-secret-id",
      ARCHESTRA_HASHICORP_VAULT_APPROLE_MOUNT_POINT: "roles/one",
    },
    refused: { ARCHESTRA_HASHICORP_VAULT_APPROLE_MOUNT_POINT: "roles//one" },
  },
});

for (const [product, describeProduct] of [
  [hashicorpVault, describeHashicorpVault],
  [openBao, describeOpenBao],
] as const) {
  describeProduct(`the method APPROLE on ${product.title}`, () => {
    const suite = testVaultAuth({ name: "APPROLE", harness: appRoleHarness(product), ...runner });

    test("passes every case", () => {
      const { summary, complete } = suite.report();
      expect(complete).toBe(true);
      expect(summary).toMatchObject({ failed: 0, gap: 0, unsupported: 0 });
    });
  });
}
