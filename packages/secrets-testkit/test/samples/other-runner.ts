// #region other-runner

import { describe, test } from "node:test"; // or of any other runner
import { testBackend } from "@archestra/secrets-testkit";
import { acmeHarness } from "./acme-harness.ts";

testBackend({ name: "ACME", harness: acmeHarness, describe, test, groups: ["names", "values"] });
// #endregion
