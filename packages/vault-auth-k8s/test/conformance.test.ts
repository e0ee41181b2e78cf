import { testVaultAuth } from "@archestra/secrets-testkit/vault-auth";
import { runner, testPlugin } from "@archestra/secrets-testkit/vitest";
import { type KubernetesServer, startKubernetes } from "@archestra/test-servers/kubernetes-server";
import { describeKubernetes } from "@archestra/test-servers/kubernetes-tests";
import { afterAll, beforeAll, expect, test } from "vitest";
import { k8sAuth } from "../src/index.ts";
import { k8sHarness } from "./support/k8s-harness.ts";

testPlugin({
  name: "the descriptor of K8S",
  harness: {
    plugin: k8sAuth,
    accepted: {
      ARCHESTRA_HASHICORP_VAULT_K8S_ROLE: "application",
      ARCHESTRA_HASHICORP_VAULT_K8S_MOUNT_POINT: "clusters/one",
    },
    refused: { ARCHESTRA_HASHICORP_VAULT_K8S_MOUNT_POINT: "clusters//one" },
  },
});

describeKubernetes("the method K8S", () => {
  let kubernetes: KubernetesServer;
  beforeAll(async () => {
    kubernetes = await startKubernetes();
  });
  afterAll(() => kubernetes?.stop());

  const suite = testVaultAuth({ name: "K8S", harness: k8sHarness(() => kubernetes), ...runner });

  test("passes every case", () => {
    const { summary, complete } = suite.report();
    expect(complete).toBe(true);
    expect(summary).toMatchObject({ failed: 0, gap: 0, unsupported: 0 });
  });
});
