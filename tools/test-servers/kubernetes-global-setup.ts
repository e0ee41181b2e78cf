import type { TestProject } from "vitest/node";
import { findKubernetesBinary } from "./kubernetes-binary.ts";
import { obtainOrSkip } from "./server-unavailable.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The kube-apiserver that the tests start. Undefined: there is none, its tests are skipped, and the run has said why. */
    kubernetesBinary: string | undefined;
  }
}

/** For `globalSetup` of vitest, which has no time limit: finds a kube-apiserver, or builds it, before any test runs. */
export default async function setUp(project: TestProject): Promise<void> {
  project.provide("kubernetesBinary", await obtainOrSkip("the tests on Kubernetes", findKubernetesBinary));
}
