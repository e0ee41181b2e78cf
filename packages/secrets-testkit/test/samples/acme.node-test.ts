// #region node-test
import { testBackend } from "@archestra/secrets-testkit/node-test";
import { acmeHarness } from "./acme-harness.ts";

testBackend({ name: "ACME", harness: acmeHarness });
// #endregion
