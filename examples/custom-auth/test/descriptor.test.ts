import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { testPlugin } from "@archestra/secrets-testkit/node-test";
import { appRoleAuth } from "../src/app-role-auth.ts";

const { report } = testPlugin({
  name: "the descriptor of APPROLE",
  harness: {
    plugin: appRoleAuth,
    accepted: {
      ACME_VAULT_APPROLE_ROLE_ID: "4a1c5f2e-application",
      ACME_VAULT_APPROLE_SECRET_ID: "not-a-real-secret-id",
      ACME_VAULT_APPROLE_MOUNT_POINT: "teams/approle",
    },
    refused: { ACME_VAULT_APPROLE_MOUNT_POINT: "app//role" },
  },
});

test("every case of the descriptor passed or is not declared", () => {
  const { complete, summary } = report();
  deepEqual({ complete, failed: summary.failed, gap: summary.gap }, { complete: true, failed: 0, gap: 0 });
});
