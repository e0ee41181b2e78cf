export { type AgentAuthOptions, agentAuth } from "./auth/agent-auth.ts";
export type { RequestDispatcher } from "./http/request-dispatcher.ts";
export { type VaultOptions, vaultPlugin } from "./vault-plugin.ts";
