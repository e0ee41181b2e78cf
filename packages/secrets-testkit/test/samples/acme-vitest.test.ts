// #region vitest
import { testBackend, testPlugin } from "@archestra/secrets-testkit/vitest";
import { acmeHarness } from "./acme-harness.ts";
import { acmePlugin } from "./acme-plugin.ts";

testBackend({ name: "ACME", harness: acmeHarness });
testPlugin({ name: "ACME", harness: { plugin: acmePlugin, accepted: { ACME_TOKEN: "not-a-real-token" } } });
// #endregion
