// #region node-test
import { testBackend } from "@archestra/secrets-testkit/node-test";
import { filesHarness } from "./files-harness.ts";

testBackend({ name: "FILES", harness: filesHarness });
// #endregion
