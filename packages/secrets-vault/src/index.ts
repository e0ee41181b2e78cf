export { type AgentAuthOptions, agentAuth } from "./auth/agent-auth.ts";
export { type VaultOptions, vaultPlugin } from "./vault-plugin.ts";
