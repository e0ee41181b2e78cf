import { createSecretsManager } from "@archestra/secrets-core";
import { vaultPlugin } from "@archestra/secrets-vault";
import { tokenAuth } from "@archestra/vault-auth-token";
import { measureReads } from "./measure-reads.mjs";

const [address, name] = process.argv.slice(2);
const env = {
  ARCHESTRA_SECRETS_MANAGER: "VAULT",
  ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
  ARCHESTRA_HASHICORP_VAULT_ADDR: address,
  ARCHESTRA_HASHICORP_VAULT_TOKEN: "root",
};
const secrets = await createSecretsManager({ plugins: [vaultPlugin(), tokenAuth()], env });
await measureReads(async () => (await secrets.get(name)).value);
await secrets.close();
