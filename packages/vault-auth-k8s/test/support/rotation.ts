import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createSecretsManager } from "@archestra/secrets-core";
import { vaultPlugin } from "@archestra/secrets-vault";
import type { KubernetesServer } from "@archestra/test-servers/kubernetes-server";
import type { KubernetesRoleOptions } from "@archestra/test-servers/kubernetes-vault";
import { expect } from "vitest";
import { k8sAuth } from "../../src/index.ts";
import { CallsInProgress } from "./calls-in-progress.ts";
import { ProjectedToken } from "./projected-token.ts";
import { audiences, startVaultOfPods } from "./vault-of-pods.ts";

export interface Rotation {
  readonly role: KubernetesRoleOptions;
  /** How long it runs. */
  readonly seconds: number;
  /** How often the service-account token is replaced. The one before it ends some seconds later. */
  readonly everySeconds: number;
  /** For how long there is no token, once, in the middle. @default 0 */
  readonly missingSeconds?: number;
}

/** What a run showed. */
export interface RotationOutcome {
  readonly logins: number;
  /** The service accounts as which Vault was asked, of which each token has its own. */
  readonly accounts: ReadonlySet<string>;
  /** How many tokens there were. */
  readonly tokens: number;
}

/** Runs calls while the service-account token is replaced again and again. No call may fail. */
export async function runRotation(
  kubernetes: KubernetesServer,
  rotation: Rotation,
): Promise<RotationOutcome> {
  const serviceAccounts = ["application*"];
  const { vault, env } = await startVaultOfPods(kubernetes, { serviceAccounts, ...rotation.role });
  try {
    const file = await ProjectedToken.create(join(vault.folder, "serviceaccount"));
    let tokens = 0;
    const replace = async () => {
      const account = `application-${++tokens}`;
      await kubernetes.createServiceAccount("default", account);
      const lifetimeSeconds = rotation.everySeconds + (rotation.missingSeconds ?? 0) + 5;
      await file.place(await kubernetes.issueToken("default", account, { audiences, lifetimeSeconds }));
    };
    await replace();
    const manager = await createSecretsManager({
      plugins: [vaultPlugin(), k8sAuth()],
      env: { ...env, ARCHESTRA_HASHICORP_VAULT_K8S_TOKEN_PATH: file.path },
    });
    try {
      await manager.set("github_token", { token: "ghp_1" });
      const calls = new CallsInProgress(manager);
      const rounds = Math.ceil(rotation.seconds / rotation.everySeconds);
      for (let round = 1; round <= rounds; round++) {
        await sleep(rotation.everySeconds * 1_000);
        if (round === rounds) break;
        if (rotation.missingSeconds && round === Math.floor(rounds / 2)) {
          await file.remove();
          await sleep(rotation.missingSeconds * 1_000);
        }
        await replace();
      }
      await calls.end();
      expect(calls.failures).toEqual([]);
      expect(calls.calls).toBeGreaterThan(rotation.seconds * 10);
    } finally {
      await manager.close();
    }
    const requests = await vault.auditedRequests();
    const logins = requests.filter(({ path }) => path === "auth/kubernetes/login").length;
    const names = requests.filter(({ path }) => path.startsWith("secret/")).map((one) => one.displayName);
    return { logins, accounts: new Set(names.filter((name) => name !== undefined)), tokens };
  } finally {
    await vault.stop();
  }
}
