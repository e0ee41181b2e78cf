import { describe, inject } from "vitest";
// For its declaration of `kubernetesBinary`.
import type {} from "./kubernetes-global-setup.ts";
// For its declaration of `vaultBinary`.
import type {} from "./vault-global-setup.ts";

/**
 * Tests that need Kubernetes and a Vault that reviews its tokens. Where one of them is not to be had, they are listed as
 * skipped, and the run has said why.
 */
export const describeKubernetes = describe.skipIf(
  inject("kubernetesBinary") === undefined || inject("vaultBinary") === undefined,
);
