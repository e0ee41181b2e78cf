import type { TestProject } from "vitest/node";
import { OBTAIN_ALL } from "./cached-program.ts";
import { findOpenBaoBinary } from "./openbao-binary.ts";
import { obtainOrSkip } from "./server-unavailable.ts";
import { chosenProduct, type VaultProduct } from "./vault-product.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The product on which tests run that do not name one. Undefined: none can be had, and the run has said why. */
    vaultProduct: VaultProduct["title"] | undefined;
    /** Whether OpenBao can be had. Otherwise its tests are skipped, and the run has said why. */
    hasOpenBao: boolean;
  }
}

/** For `globalSetup` of vitest, which has no time limit: finds a Vault and an OpenBao before any test runs. */
export default async function setUp(project: TestProject): Promise<void> {
  const openBaoBinary = await obtainOrSkip("the tests on OpenBao", findOpenBaoBinary);
  project.provide("hasOpenBao", openBaoBinary !== undefined);
  const product = await obtainOrSkip("the tests on Vault", async () => {
    const chosen = await chosenProduct();
    await chosen.findBinary();
    return chosen;
  });
  project.provide("vaultProduct", product?.title);
  if (product?.title === "OpenBao" && !process.env.VAULT_PRODUCT) console.error(NO_VAULT);
}

const NO_VAULT = `The tests on Vault run on OpenBao. NOT RUN: what needs Vault itself. ${OBTAIN_ALL}`;
