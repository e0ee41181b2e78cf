import { createHmac } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type KubernetesServer, startKubernetes } from "@archestra/test-servers/kubernetes-server";
import { describeKubernetes } from "@archestra/test-servers/kubernetes-tests";
import { configureVaultKubernetes } from "@archestra/test-servers/kubernetes-vault";
import { vaultOfTest } from "@archestra/test-servers/vault-tests";
import { afterAll, beforeAll, expect, test } from "vitest";
import { audienceOf, environmentOf, podTemplate } from "./deployment.ts";
import { manifests, policy, roleParameters } from "./example-files.ts";
import { RunningApplication } from "./running-application.ts";

describeKubernetes("the example for Vault and Kubernetes", () => {
  let kubernetes: KubernetesServer;
  beforeAll(async () => {
    kubernetes = await startKubernetes();
    await kubernetes.applyManifests(manifests.get("namespace.yaml") as string);
    await kubernetes.applyManifests(manifests.get("service-account.yaml") as string);
  });
  afterAll(() => kubernetes?.stop());

  test.each([...manifests])("%s is accepted by Kubernetes", async (_, manifest) => {
    const applied = await kubernetes.applyManifests(manifest, { dryRun: true });
    expect(applied).toHaveLength(1);
  });

  test("the namespace admits the pods of the Deployment", async () => {
    const { metadata, spec } = await podTemplate(kubernetes);
    const placed = { ...metadata, name: "shop", namespace: "shop" };
    const pod = JSON.stringify({ apiVersion: "v1", kind: "Pod", metadata: placed, spec });
    expect(await kubernetes.applyManifests(pod, { dryRun: true })).toHaveLength(1);
  });

  test("the application becomes ready, serves, and takes its token with it on SIGTERM", async () => {
    const { application, vault } = await startApplication();

    expect(await application.get("/healthz")).toEqual({ status: 200, body: { status: "alive" } });
    expect(await application.get("/readyz")).toMatchObject({ status: 200 });
    const signature = createHmac("sha256", "not-a-real-key").update("order-17").digest("hex");
    expect(await application.get("/signatures/order-17")).toEqual({ status: 200, body: { signature } });
    const [accessor, ...others] = await vault.applicationTokens();
    expect(accessor).toBeDefined();
    expect(others).toEqual([]);

    expect(await application.terminate()).toBe(0);
    expect(await vault.applicationTokens()).toEqual([]);
    expect(application.log.at(-1)).toMatchObject({ level: "info", message: "Stopped." });
    expect(JSON.stringify(application.log)).not.toContain("not-a-real-key");
  });

  test("the application is alive and not ready while Vault is unavailable", async () => {
    const { application, vault } = await startApplication();
    await vault.stop();

    expect(await application.get("/readyz")).toMatchObject({ status: 503 });
    expect(await application.get("/healthz")).toMatchObject({ status: 200 });
    expect(await application.get("/signatures/order-17")).toMatchObject({ status: 503 });
    expect(await application.terminate()).toBe(0);
  });

  test("a request in progress on SIGTERM is answered", async () => {
    const { application, vault } = await startApplication();
    await vault.freeze();
    const { status } = await application.begin("/signatures/order-17");
    const ended = application.terminate();
    await application.logged("Stopping");
    await vault.thaw();

    expect(await status).toBe(200);
    expect(await ended).toBe(0);
    expect(await vault.applicationTokens()).toEqual([]);
  });

  /** Starts it as the Deployment does, but for where Vault and the token are. */
  async function startApplication() {
    const vault = await vaultOfTest({ tls: {} });
    await vault.mountKv("secret", 2);
    await vault.demand("POST", "secret/data/shop/signing_key", { data: { key: "not-a-real-key" } });
    await configureVaultKubernetes(vault, kubernetes);
    await vault.putPolicy("shop", policy);
    await vault.demand("POST", "auth/kubernetes/role/shop", roleParameters());
    const administrators = await vault.accessors();

    const template = await podTemplate(kubernetes);
    const tokenFile = join(vault.folder, "token");
    const token = await kubernetes.requestToken("shop", "shop", { audiences: [audienceOf(template)] });
    await writeFile(tokenFile, token);
    const application = await RunningApplication.start({
      ...environmentOf(template),
      PORT: "0",
      ARCHESTRA_HASHICORP_VAULT_ADDR: vault.address,
      ARCHESTRA_HASHICORP_VAULT_CACERT: vault.tls?.authority as string,
      ARCHESTRA_HASHICORP_VAULT_K8S_TOKEN_PATH: tokenFile,
    });
    const applicationTokens = async () =>
      (await vault.accessors()).filter((accessor) => !administrators.includes(accessor));
    return { application, vault: Object.assign(vault, { applicationTokens }) };
  }
});
