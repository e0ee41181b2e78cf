import { testVaultBackend } from "./conformance-of-vault.ts";

testVaultBackend("Vault, KV version 2, over TLS with a private authority", 2, {
  file: "vault-kv2-tls",
  tls: {},
});
