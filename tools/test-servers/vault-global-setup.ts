import type { TestProject } from "vitest/node";
import { obtainOrSkip } from "./server-unavailable.ts";
import { findVaultBinary } from "./vault-binary.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The Vault that the tests start. Undefined: there is none, its tests are skipped, and the run has said why. */
    vaultBinary: string | undefined;
  }
}

/** For `globalSetup` of vitest, which has no time limit: finds a Vault, or builds it, before any test runs. */
export default async function setUp(project: TestProject): Promise<void> {
  project.provide("vaultBinary", await obtainOrSkip("the tests on Vault", findVaultBinary));
}
