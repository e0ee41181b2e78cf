import type { TestProject } from "vitest/node";
import { findRedisBinary } from "./redis-binary.ts";
import { obtainOrSkip } from "./server-unavailable.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The Redis or Valkey that the tests start. Undefined: there is none, its tests are skipped, and the run has said why. */
    redisBinary: string | undefined;
  }
}

/** For `globalSetup` of vitest, which has no time limit: finds a Redis, or downloads it, before any test runs. */
export default async function setUp(project: TestProject): Promise<void> {
  project.provide("redisBinary", await obtainOrSkip("the tests on Redis", findRedisBinary));
}
