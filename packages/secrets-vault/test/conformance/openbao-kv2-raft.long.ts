import { openBao } from "@archestra/test-servers/vault-product";
import { testVaultBackend } from "./conformance-of-vault.ts";

/** With a listener that accepts every value that core accepts. */
testVaultBackend("OpenBao, KV version 2, on raft", 2, {
  file: "openbao-kv2-raft",
  product: openBao,
  storage: "raft",
  listener: openBao.listenerForLargeValues,
});
