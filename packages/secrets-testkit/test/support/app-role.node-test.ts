import { runner } from "../../src/node-test.ts";
import { testVaultAuth } from "../../src/vault-auth.ts";
import { appRole } from "./app-role.ts";
import { appRoleHarness } from "./app-role-harness.ts";

testVaultAuth({ name: "APPROLE", harness: appRoleHarness(appRole), groups: ["login"], ...runner });
