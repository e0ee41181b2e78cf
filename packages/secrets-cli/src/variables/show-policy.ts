import { vaultPolicy } from "@archestra/secrets-vault";
import type { CommandContext } from "../program/command-context.ts";

export interface PolicyOptions {
  readonly role: "reader" | "writer" | "migrator";
  readonly withTokenRules?: boolean;
}

/** Prints the policy of a role. */
export async function showPolicy(
  { output, env, standalone }: CommandContext,
  { role, withTokenRules = false }: PolicyOptions,
): Promise<void> {
  const rules = await vaultPolicy(role, {}, standalone);
  const policy = withTokenRules ? `${rules}${await vaultPolicy("token", {}, standalone)}` : rules;
  const namespace = (
    env.ARCHESTRA_HASHICORP_VAULT_AUTH_NAMESPACE || env.ARCHESTRA_HASHICORP_VAULT_NAMESPACE
  )?.trim();
  if (namespace) output.note(`Write the policy in the namespace ${namespace}.`);
  output.result({ role, ...(namespace ? { namespace } : {}), policy }, (page) => {
    for (const line of policy.trimEnd().split("\n")) page.exact(line);
  });
}
