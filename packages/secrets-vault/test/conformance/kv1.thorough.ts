import { testVaultBackend } from "./conformance-of-vault.ts";

testVaultBackend("Vault, KV version 1", 1, { file: "vault-kv1" });
