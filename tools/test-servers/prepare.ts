/*
 * Obtains the servers that tests of several packages need, before those run side by side. Does nothing when they are there.
 * Without a parameter it obtains those that take seconds, and in CI all. With `--all` it obtains all, and fails where it cannot.
 */
import { findMotoForVault } from "./aws-global-setup.ts";
import { findKubernetesBinary } from "./kubernetes-binary.ts";
import { findMoto } from "./moto-program.ts";
import { findOpenBaoBinary } from "./openbao-binary.ts";
import { findRedisBinary } from "./redis-binary.ts";
import { obtainOrSkip } from "./server-unavailable.ts";
import { findShell } from "./shells.ts";
import { findVaultBinary } from "./vault-binary.ts";

if (process.argv.includes("--all")) {
  for (const find of [findOpenBaoBinary, findRedisBinary, findMoto, findVaultBinary, findKubernetesBinary]) {
    console.log(`Test server: ${JSON.stringify(await find({ obtain: true }))}`);
  }
} else {
  await obtainOrSkip("the tests on OpenBao", findOpenBaoBinary);
  await obtainOrSkip("the example on Redis", findRedisBinary);
  await obtainOrSkip("the tests on AWS", findMotoForVault);
  if (process.env.CI) {
    await findVaultBinary();
    await findKubernetesBinary();
    await findShell("zsh");
    await findShell("fish");
  }
}
