import { testVaultBackend } from "./conformance-of-vault.ts";

testVaultBackend("Vault, KV version 2", 2, { file: "vault-kv2" });
