import { afterAll, beforeAll, expect, test } from "vitest";
import { type KubernetesServer, startKubernetes } from "../kubernetes-server.ts";
import { describeKubernetes } from "../kubernetes-tests.ts";
import { configureVaultKubernetes, putKubernetesRole } from "../kubernetes-vault.ts";
import { claimsOf } from "../service-account-token.ts";
import { startVault, type VaultServer } from "../vault-server.ts";

const audiences = ["vault"];

describeKubernetes("a Kubernetes of a test", () => {
  let kubernetes: KubernetesServer;
  let vault: VaultServer;

  beforeAll(async () => {
    [kubernetes, vault] = await Promise.all([startKubernetes(), startVault()]);
    await kubernetes.createNamespace("shop");
    await kubernetes.createServiceAccount("shop", "application");
    await configureVaultKubernetes(vault, kubernetes, {
      audience: "vault",
      namespaces: ["shop"],
      tokenTtl: "20s",
      tokenMaxTtl: "60s",
    });
  });

  afterAll(async () => {
    await Promise.all([kubernetes?.stop(), vault?.stop()]);
  });

  async function login(jwt: string, role = "application") {
    const body = { role, jwt };
    return vault.request("POST", "auth/kubernetes/login", body, { token: null });
  }

  test("issues a token with which a pod logs in to Vault", async () => {
    const token = await kubernetes.requestToken("shop", "application", { audiences, expirationSeconds: 600 });
    const { aud, iat, exp, sub } = claimsOf(token);
    expect({ aud, lifetime: exp - iat, sub }).toEqual({
      aud: audiences,
      lifetime: 600,
      sub: "system:serviceaccount:shop:application",
    });
    const { status, body } = await login(token);
    expect(status).toBe(200);
    expect(body.auth).toMatchObject({
      lease_duration: 20,
      renewable: true,
      metadata: { service_account_name: "application", service_account_namespace: "shop" },
    });
  });

  test("issues no token for less than 600 s by its API, and signs one", async () => {
    const short = kubernetes.requestToken("shop", "application", { audiences, expirationSeconds: 599 });
    await expect(short).rejects.toThrow("may not specify a duration less than 10 minutes");
    const token = await kubernetes.issueToken("shop", "application", { audiences, lifetimeSeconds: 10 });
    expect((await login(token)).status).toBe(200);
    const past = await kubernetes.issueToken("shop", "application", { audiences, lifetimeSeconds: -90 });
    expect(await login(past)).toMatchObject({
      status: 403,
      text: expect.stringContaining("token is expired"),
    });
  });

  test("has a token of another audience, or another account, refused", async () => {
    const elsewhere = await kubernetes.requestToken("shop", "application", { audiences: ["elsewhere"] });
    expect(await login(elsewhere)).toMatchObject({ status: 403, text: expect.stringContaining("(aud)") });
    await kubernetes.createServiceAccount("shop", "stranger");
    const stranger = await kubernetes.requestToken("shop", "stranger", { audiences });
    expect(await login(stranger)).toMatchObject({
      status: 403,
      text: expect.stringContaining("service account name not authorized"),
    });
  });

  test("reviews no token of an account that was deleted", async () => {
    await kubernetes.createServiceAccount("shop", "temporary");
    await putKubernetesRole(vault, {
      name: "temporary",
      serviceAccounts: ["temporary"],
      namespaces: ["shop"],
    });
    const reviewed = await kubernetes.requestToken("shop", "temporary", { audiences });
    const unseen = await kubernetes.requestToken("shop", "temporary", { audiences });
    expect((await login(reviewed, "temporary")).status).toBe(200);
    await kubernetes.deleteServiceAccount("shop", "temporary");
    expect((await login(unseen, "temporary")).status).toBe(403);
  });

  test("holds manifests to their rules, and keeps nothing of a dry run", async () => {
    const manifest = (field: string) => `
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
${field}:
  PORT: "3000"
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec:
      containers: [{ name: shop, image: shop:1 }]
`;
    const dry = { namespace: "shop", dryRun: true };
    const [settings, deployment] = await kubernetes.applyManifests(manifest("data"), dry);
    expect(settings).toMatchObject({ kind: "ConfigMap", data: { PORT: "3000" } });
    expect(deployment).toMatchObject({ spec: { replicas: 1, strategy: { type: "RollingUpdate" } } });
    await expect(kubernetes.applyManifests(manifest("dota"), dry)).rejects.toThrow("dota");
    const path = "/api/v1/namespaces/shop/configmaps/settings";
    expect((await kubernetes.request("GET", path)).status).toBe(404);
    await kubernetes.applyManifests(manifest("data"), { namespace: "shop" });
    expect((await kubernetes.request("GET", path)).status).toBe(200);
  });

  test("keeps what it holds when it ends, and reviews nothing until it starts", async () => {
    const token = await kubernetes.requestToken("shop", "application", { audiences });
    await kubernetes.end();
    expect(await login(token)).toMatchObject({ status: 403, body: { errors: ["permission denied"] } });
    await kubernetes.start();
    expect((await login(token)).status).toBe(200);
  });
});
