import { writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import {
  createSecretsManager,
  type Environment,
  isSecretsError,
  type SecretsError,
} from "@archestra/secrets-core";
import { vaultPlugin } from "@archestra/secrets-vault";
import { type KubernetesServer, startKubernetes } from "@archestra/test-servers/kubernetes-server";
import { describeKubernetes } from "@archestra/test-servers/kubernetes-tests";
import { putKubernetesRole } from "@archestra/test-servers/kubernetes-vault";
import { afterAll, beforeAll, expect, test } from "vitest";
import { k8sAuth } from "../src/index.ts";
import { audiences, startVaultOfPods, type VaultOfPods } from "./support/vault-of-pods.ts";

describeKubernetes("a refused login", () => {
  let kubernetes: KubernetesServer;
  let pods: VaultOfPods;
  let good: string;

  beforeAll(async () => {
    kubernetes = await startKubernetes();
    pods = await startVaultOfPods(kubernetes);
    good = await kubernetes.requestToken("default", "application", { audiences });
  });
  afterAll(async () => {
    await Promise.all([kubernetes?.stop(), pods?.vault.stop()]);
  });

  /** The error of a start with this text in the token's file. */
  async function startError(token: string, env: Environment = {}): Promise<SecretsError> {
    await writeFile(pods.tokenFile, token);
    const plugins = [vaultPlugin(), k8sAuth()];
    const start = createSecretsManager({ plugins, env: { ...pods.env, ...env } });
    const error = await start.then(
      (manager) => manager.close(),
      (thrown: unknown) => thrown,
    );
    if (!isSecretsError(error)) throw new Error("It started.");
    const hidden = token.split(".").at(-1)?.trim();
    if (hidden) expect(inspect(error, { depth: 9 })).not.toContain(hidden);
    return error;
  }

  async function logins(): Promise<number> {
    return (await pods.vault.auditedRequests()).filter(({ path }) => path.endsWith("/login")).length;
  }

  test("says that the audience is another", async () => {
    const token = await kubernetes.requestToken("default", "application", { audiences: ["shop"] });
    const { code, reason, message } = await startError(token);
    expect([code, reason]).toEqual(["UNAUTHENTICATED", "AUDIENCE_MISMATCH"]);
    expect(message).toContain('"shop"');
    expect(message).toContain("serviceAccountToken");
  });

  test("says that the role does not exist", async () => {
    const { code, reason, message } = await startError(good, { ARCHESTRA_HASHICORP_VAULT_K8S_ROLE: "other" });
    expect([code, reason]).toEqual(["INVALID_CONFIGURATION", "ROLE_MISSING"]);
    expect(message).toContain("ARCHESTRA_HASHICORP_VAULT_K8S_ROLE");
  });

  test("says that the role is not for the account, or not for its namespace", async () => {
    await kubernetes.createServiceAccount("default", "stranger");
    const stranger = await kubernetes.requestToken("default", "stranger", { audiences });
    const account = await startError(stranger);
    expect([account.code, account.reason]).toEqual(["UNAUTHENTICATED", "ACCOUNT_NOT_BOUND"]);
    expect(account.message).toContain("system:serviceaccount:default:stranger");
    await putKubernetesRole(pods.vault, { name: "elsewhere", namespaces: ["elsewhere"] });
    const namespace = await startError(good, { ARCHESTRA_HASHICORP_VAULT_K8S_ROLE: "elsewhere" });
    expect([namespace.code, namespace.reason]).toEqual(["UNAUTHENTICATED", "NAMESPACE_NOT_BOUND"]);
    expect(namespace.message).toContain("bound_service_account_namespaces");
  });

  test("says that the method is not configured", async () => {
    await pods.vault.enableAuth("kubernetes", "bare");
    await putKubernetesRole(pods.vault, { mount: "bare" });
    const error = await startError(good, { ARCHESTRA_HASHICORP_VAULT_K8S_MOUNT_POINT: "bare" });
    expect([error.code, error.reason]).toEqual(["INVALID_CONFIGURATION", "AUTH_NOT_CONFIGURED"]);
    expect(error.message).toContain("auth/bare/config");
  });

  test("names every possible cause if Vault does not report which", async () => {
    const mount = await startError(good, { ARCHESTRA_HASHICORP_VAULT_K8S_MOUNT_POINT: "nowhere" });
    expect([mount.code, mount.reason]).toEqual(["UNAUTHENTICATED", "LOGIN_REFUSED"]);
    expect(mount.message).toContain("ARCHESTRA_HASHICORP_VAULT_K8S_MOUNT_POINT");
    expect(mount.message).not.toContain("nowhere");
    await kubernetes.createServiceAccount("default", "gone");
    const gone = await kubernetes.requestToken("default", "gone", { audiences });
    await putKubernetesRole(pods.vault, { name: "gone", serviceAccounts: ["gone"], audience: "vault" });
    await kubernetes.deleteServiceAccount("default", "gone");
    const deleted = await startError(gone, { ARCHESTRA_HASHICORP_VAULT_K8S_ROLE: "gone" });
    for (const cause of ["MOUNT_POINT", "kubernetes_host", "token_reviewer_jwt", "was deleted", "cidrs"])
      expect(deleted.message).toContain(cause);
    await kubernetes.end();
    const unreachable = await startError(good);
    expect([unreachable.reason, unreachable.message]).toEqual([
      "LOGIN_REFUSED",
      deleted.message.replace("default:gone", "default:application"),
    ]);
    await kubernetes.start();
  });

  test("is not tried with an expired token", async () => {
    const before = await logins();
    const past = await kubernetes.issueToken("default", "application", { audiences, lifetimeSeconds: -5 });
    const { code, reason, message } = await startError(past);
    expect([code, reason]).toEqual(["UNAUTHENTICATED", "TOKEN_EXPIRED"]);
    expect(message).toMatch(/expired \d+ s ago\. Nothing was sent/);
    expect(await logins()).toBe(before);
  });

  test("is not tried without a token", async () => {
    const before = await logins();
    const path = `${pods.tokenFile}.not`;
    const cases = [
      [await startError("hunter2"), "TOKEN_MALFORMED"],
      [await startError("a.b.hunter2"), "TOKEN_MALFORMED"],
      [await startError(" \n"), "TOKEN_FILE_EMPTY"],
      [await startError("", { ARCHESTRA_HASHICORP_VAULT_K8S_TOKEN_PATH: path }), "TOKEN_FILE_MISSING"],
      [
        await startError("", { ARCHESTRA_HASHICORP_VAULT_K8S_TOKEN_PATH: pods.vault.folder }),
        "TOKEN_FILE_UNREADABLE",
      ],
    ] as const;
    for (const [error, reason] of cases) {
      expect([error.code, error.reason]).toEqual(["INVALID_CONFIGURATION", reason]);
      expect(error.message).toContain("ARCHESTRA_HASHICORP_VAULT_K8S_TOKEN_PATH");
    }
    expect(await logins()).toBe(before);
  });

  test("is not the result of a file that is empty for a moment", async () => {
    await writeFile(pods.tokenFile, "");
    const plugins = [vaultPlugin(), k8sAuth()];
    const start = createSecretsManager({ plugins, env: pods.env });
    await sleep(300);
    // At once: the other look at the file may be due by now.
    writeFileSync(pods.tokenFile, `\n ${good}\n\n`);
    await (await start).close();
  });
});
