import { testVaultBackend } from "./conformance-of-vault.ts";

testVaultBackend("Vault, KV version 2, on raft", 2, { file: "vault-kv2-raft", storage: "raft" });
