import { openBao } from "../../../../tools/test-servers/vault-product.ts";
import { testVaultBackend } from "./conformance-of-vault.ts";

testVaultBackend("OpenBao, KV version 2", 2, { file: "openbao-kv2", product: openBao });
