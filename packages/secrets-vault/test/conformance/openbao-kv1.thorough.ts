import { openBao } from "@archestra/test-servers/vault-product";
import { testVaultBackend } from "./conformance-of-vault.ts";

testVaultBackend("OpenBao, KV version 1", 1, { file: "openbao-kv1", product: openBao });
