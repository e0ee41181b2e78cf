import { testVaultBackend } from "./conformance-of-vault.ts";

testVaultBackend("Vault, KV version 2, raft storage", 2, { file: "vault-kv2-raft", unsupported: 2, storage: "raft" });
