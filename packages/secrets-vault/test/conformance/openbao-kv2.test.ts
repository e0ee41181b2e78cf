import { openBao } from "@archestra/test-servers/vault-product";
import { testVaultBackend } from "./conformance-of-vault.ts";

testVaultBackend("OpenBao, KV version 2", 2, { file: "openbao-kv2", product: openBao });
