import { openBao } from "@archestra/test-servers/vault-product";
import { testVaultBackend } from "./conformance-of-vault.ts";

testVaultBackend("OpenBao, KV version 1, on the leader of three nodes", 1, {
  file: "openbao-kv1-cluster",
  product: openBao,
  threeNodes: true,
  listener: openBao.listenerForLargeValues,
});
