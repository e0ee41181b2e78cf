import { testVaultBackend } from "./conformance-of-vault.ts";

testVaultBackend("Vault, KV version 2, through TLS", 2, { file: "vault-kv2-tls", unsupported: 2, tls: {} });
