export { type AgentAuthOptions, agentAuth } from "./auth/agent-auth.ts";
export type { RequestDispatcher } from "./http/request-dispatcher.ts";
export { openVaultReader, type VaultConnectionOptions, type VaultReader } from "./open-vault-reader.ts";
export type { VaultSecret } from "./startup/path-reader.ts";
export { type VaultOptions, vaultPlugin } from "./vault-plugin.ts";
export { type VaultPolicyOptions, type VaultPolicyRole, vaultPolicy } from "./vault-policy.ts";
