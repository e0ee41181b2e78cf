// #region suite
import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { runner } from "@archestra/secrets-testkit/node-test";
import { testVaultAuth } from "@archestra/secrets-testkit/vault-auth";
import { appRoleHarness } from "./app-role-harness.ts";

const { report } = testVaultAuth({ name: "APPROLE", harness: appRoleHarness, ...runner });

test("every case ran and passed", () => {
  const { complete, summary } = report();
  const { failed, gap, unsupported } = summary;
  deepEqual({ complete, failed, gap, unsupported }, { complete: true, failed: 0, gap: 0, unsupported: 0 });
});
// #endregion
