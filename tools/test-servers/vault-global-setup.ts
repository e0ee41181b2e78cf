import type { TestProject } from "vitest/node";
import { findOpenBaoBinary } from "./openbao-binary.ts";
import { obtainOrSkip } from "./server-unavailable.ts";
import { findVaultBinary } from "./vault-binary.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The Vault that the tests start. Undefined: there is none, its tests are skipped, and the run has said why. */
    vaultBinary: string | undefined;
    /** The OpenBao that the tests start. Undefined: there is none, its tests are skipped, and the run has said why. */
    openBaoBinary: string | undefined;
  }
}

/** For `globalSetup` of vitest, which has no time limit: finds a Vault and an OpenBao, or obtains them, before any test runs. */
export default async function setUp(project: TestProject): Promise<void> {
  project.provide("openBaoBinary", await obtainOrSkip("the tests on OpenBao", findOpenBaoBinary));
  project.provide("vaultBinary", await obtainOrSkip("the tests on Vault", findVaultBinary));
}
