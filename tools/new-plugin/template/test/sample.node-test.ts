import { testBackend } from "@archestra/secrets-testkit/node-test";
import { sampleHarness } from "./sample-harness.ts";

testBackend({ name: "SAMPLE", harness: sampleHarness });
