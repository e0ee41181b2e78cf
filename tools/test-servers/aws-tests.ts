import { describe, inject } from "vitest";
// For its declaration of `motoProgram`.
import type {} from "./aws-global-setup.ts";
// For its declaration of `vaultProduct`.
import type {} from "./vault-global-setup.ts";

/**
 * Tests that need an STS and HashiCorp's Vault, which asks it: OpenBao has no AWS logins. Where one of them is not to be had, they are listed as skipped, and the
 * run has said why.
 */
export const describeAws = describe.skipIf(
  inject("motoProgram") === undefined || inject("vaultProduct") !== "Vault",
);
