import { describe, inject } from "vitest";
// For its declaration of `kubernetesBinary`.
import type {} from "./kubernetes-global-setup.ts";
// For its declaration of `vaultProduct`.
import type {} from "./vault-global-setup.ts";

/**
 * Tests that need Kubernetes, and a Vault or an OpenBao that reviews its tokens. Where one of them is not to be had, they are listed as
 * skipped, and the run has said why.
 */
export const describeKubernetes = describe.skipIf(
  inject("kubernetesBinary") === undefined || inject("vaultProduct") === undefined,
);
