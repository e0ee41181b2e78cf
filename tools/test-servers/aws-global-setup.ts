import type { TestProject } from "vitest/node";
import { OBTAIN_ALL } from "./cached-program.ts";
import { findMoto, type MotoProgram } from "./moto-program.ts";
import { obtainOrSkip, TestServerUnavailable } from "./server-unavailable.ts";
import { chosenProduct } from "./vault-product.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The STS that the tests start. Undefined: there is none, its tests are skipped, and the run has said why. */
    motoProgram: MotoProgram | undefined;
  }
}

/** For `globalSetup` of vitest, which has no time limit: finds moto, or installs it, before any test runs. */
export default async function setUp(project: TestProject): Promise<void> {
  project.provide("motoProgram", await obtainOrSkip("the tests on AWS", findMotoForVault));
}

/**
 * Finds moto where there is a Vault that can ask it, or installs it.
 *
 * @throws {TestServerUnavailable} when the tests run on OpenBao, which has no AWS logins, or moto cannot be had
 */
export async function findMotoForVault(): Promise<MotoProgram> {
  const { title } = await chosenProduct();
  if (title === "Vault") return findMoto();
  throw new TestServerUnavailable(`They need Vault: ${title} has no AWS logins.`, OBTAIN_ALL);
}
