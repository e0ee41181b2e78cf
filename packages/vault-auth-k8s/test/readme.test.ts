import { readFile } from "node:fs/promises";
import { startKubernetes } from "@archestra/test-servers/kubernetes-server";
import { describeKubernetes } from "@archestra/test-servers/kubernetes-tests";
import { expect, test } from "vitest";

describeKubernetes("the manifests of the README", () => {
  test("are accepted by Kubernetes", async () => {
    const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
    const manifests = /```yaml\n(.*?)```/s.exec(readme)?.[1] as string;
    const kubernetes = await startKubernetes();
    try {
      const applied = await kubernetes.applyManifests(manifests, { namespace: "default", dryRun: true });
      expect(applied.map(({ kind }) => kind)).toEqual(["ServiceAccount", "Pod"]);
    } finally {
      await kubernetes.stop();
    }
  });
});
