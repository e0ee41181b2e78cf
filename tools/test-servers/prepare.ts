/*
 * Obtains the servers that tests of several packages need, before those run side by side: a build takes minutes, and
 * belongs to no package. Does nothing when they are there.
 */
import { obtainOrSkip } from "./server-unavailable.ts";
import { findVaultBinary } from "./vault-binary.ts";

await obtainOrSkip("the tests on Vault", findVaultBinary);
