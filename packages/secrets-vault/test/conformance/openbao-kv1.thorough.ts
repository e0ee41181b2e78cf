import { openBao } from "../../../../tools/test-servers/vault-product.ts";
import { testVaultBackend } from "./conformance-of-vault.ts";

testVaultBackend("OpenBao, KV version 1", 1, { file: "openbao-kv1", product: openBao });
