// For its declaration of `motoProgram`.
import type {} from "@archestra/test-servers/aws-global-setup";
import { configureVaultAws } from "@archestra/test-servers/aws-vault";
import { startMoto } from "@archestra/test-servers/moto-server";
// For its declaration of `vaultProduct`.
import type {} from "@archestra/test-servers/vault-global-setup";
import { hashicorpVault } from "@archestra/test-servers/vault-product";
import { inject, onTestFinished } from "vitest";
import type { ServerSnippet } from "./server-snippet.ts";
import { printedToken, vaultVariables, vaultWithSecret } from "./vault-with-secret.ts";

const region = "eu-central-1";

export const vaultAws: ServerSnippet = {
  canRun: inject("motoProgram") !== undefined && inject("vaultProduct") === "Vault",
  async prepare() {
    const moto = await startMoto();
    onTestFinished(() => moto.stop());
    const vault = await vaultWithSecret({ product: hashicorpVault });
    const principals = [await moto.createUser("shop")];
    await configureVaultAws(vault, moto, { name: "shop", policies: ["shop"], principals, region });
    const { accessKeyId, secretAccessKey } = await moto.createAccessKey("shop");
    const env = {
      ...vaultVariables(vault, "AWS"),
      ARCHESTRA_HASHICORP_VAULT_AWS_ROLE: "shop",
      ARCHESTRA_HASHICORP_VAULT_AWS_REGION: region,
      ARCHESTRA_HASHICORP_VAULT_AWS_STS_ENDPOINT: moto.address,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    };
    return { env, prints: printedToken };
  },
};
