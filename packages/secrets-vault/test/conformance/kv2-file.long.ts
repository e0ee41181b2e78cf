import { testVaultBackend } from "./conformance-of-vault.ts";

testVaultBackend("Vault, KV version 2, on files", 2, { file: "vault-kv2-file", storage: "file" });
