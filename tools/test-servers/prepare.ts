/*
 * Obtains the servers that tests of several packages need, before those run side by side: a build takes minutes, and
 * belongs to no package. Does nothing when they are there.
 */
import { findKubernetesBinary } from "./kubernetes-binary.ts";
import { findMoto } from "./moto-program.ts";
import { findOpenBaoBinary } from "./openbao-binary.ts";
import { obtainOrSkip } from "./server-unavailable.ts";
import { findVaultBinary } from "./vault-binary.ts";

await obtainOrSkip("the tests on OpenBao", findOpenBaoBinary);
await obtainOrSkip("the tests on Vault", findVaultBinary);
await obtainOrSkip("the tests on Kubernetes", findKubernetesBinary);
await obtainOrSkip("the tests on AWS", findMoto);
