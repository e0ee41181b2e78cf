import { describe, inject } from "vitest";
// For its declaration of `motoProgram`.
import type {} from "./aws-global-setup.ts";
// For its declaration of `vaultBinary`.
import type {} from "./vault-global-setup.ts";

/**
 * Tests that need an STS and a Vault that asks it. Where one of them is not to be had, they are listed as skipped, and the
 * run has said why.
 */
export const describeAws = describe.skipIf(
  inject("motoProgram") === undefined || inject("vaultBinary") === undefined,
);
