import { openBao } from "@archestra/test-servers/vault-product";
import { testVaultBackend } from "./conformance-of-vault.ts";

testVaultBackend("OpenBao, KV version 2, on the leader of three nodes", 2, {
  file: "openbao-kv2-cluster",
  product: openBao,
  threeNodes: true,
  listener: openBao.listenerForLargeValues,
});
