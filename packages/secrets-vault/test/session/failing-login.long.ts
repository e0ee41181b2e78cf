import { describeVault } from "@archestra/test-servers/vault-tests";
import { test } from "vitest";
import { refuseLogins } from "../support/refused-logins.ts";

describeVault("a login that fails", () => {
  test("five times is tried again after growing waits, and the sixth serves everyone", async () => {
    await refuseLogins(5);
  });
});
