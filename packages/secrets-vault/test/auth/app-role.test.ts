import { testVaultAuth } from "@archestra/secrets-testkit/vault-auth";
import { runner } from "@archestra/secrets-testkit/vitest";
import { describeVault } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { appRoleHarness } from "../support/app-role-harness.ts";

describeVault("AppRole, as another author would publish it", () => {
  const suite = testVaultAuth({
    name: "APPROLE",
    harness: appRoleHarness({ tokenTtl: "8s" }),
    ...runner,
  });

  test("passes every case", () => {
    const { summary, complete } = suite.report();
    expect(complete).toBe(true);
    expect(summary).toMatchObject({ failed: 0, gap: 0, unsupported: 0 });
  });
});
