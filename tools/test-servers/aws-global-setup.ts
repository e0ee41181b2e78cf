import type { TestProject } from "vitest/node";
import { findMoto, type MotoProgram } from "./moto-program.ts";
import { obtainOrSkip } from "./server-unavailable.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The STS that the tests start. Undefined: there is none, its tests are skipped, and the run has said why. */
    motoProgram: MotoProgram | undefined;
  }
}

/** For `globalSetup` of vitest, which has no time limit: finds moto, or installs it, before any test runs. */
export default async function setUp(project: TestProject): Promise<void> {
  project.provide("motoProgram", await obtainOrSkip("the tests on AWS", findMoto));
}
