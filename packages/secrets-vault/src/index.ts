export { type VaultOptions, vaultPlugin } from "./vault-plugin.ts";
