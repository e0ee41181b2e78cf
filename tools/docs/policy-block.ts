import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "../checks/workspace.ts";

type VaultPolicy = (
  role: string,
  options: { readonly kvVersion: string },
  standalone: { readonly env: object },
) => Promise<string>;

/** A policy for Vault with the default paths, by its role and the version of the engine: `reader, KV 2`, or `token`. */
export async function policyBlock(argument: string): Promise<string> {
  const [, role, kvVersion = "2"] = /^(\w+)(?:, KV ([12]))?$/.exec(argument) ?? [];
  if (role === undefined)
    throw new Error(`"${argument}" is not a role with a version, such as "reader, KV 2"`);
  const entry = pathToFileURL(join(root, "packages/secrets-vault/dist/index.js")).href;
  const { vaultPolicy } = (await import(entry)) as { readonly vaultPolicy: VaultPolicy };
  return `\`\`\`hcl\n${await vaultPolicy(role, { kvVersion }, { env: {} })}\`\`\``;
}
