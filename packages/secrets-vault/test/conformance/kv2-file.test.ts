import { testVaultBackend } from "./conformance-of-vault.ts";

testVaultBackend("Vault, KV version 2, storage in files", 2, { file: "vault-kv2-file", unsupported: 2, storage: "file" });
