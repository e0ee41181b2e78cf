import { startRaftCluster } from "@archestra/test-servers/vault-cluster";
import { describeVault } from "@archestra/test-servers/vault-tests";
import { expect, onTestFinished, test } from "vitest";
import { filledDatabase } from "./broken-setup.ts";
import { runDoctor } from "./run-doctor.ts";

describeVault("the address of a standby, in a cluster of three Vaults", () => {
  test("doctor is healthy while a node is active, finds that none is, and is healthy after an election", async () => {
    const cluster = await startRaftCluster();
    onTestFinished(() => cluster.stop());
    await cluster.mountKv("secret", 2);
    const { env: database } = await filledDatabase();
    const [standby] = await cluster.standbys();
    if (standby === undefined) throw new Error("There is no standby.");
    const env = {
      ...database,
      ARCHESTRA_SECRETS_MANAGER: "VAULT",
      ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
      ARCHESTRA_HASHICORP_VAULT_ADDR: standby.address,
      ARCHESTRA_HASHICORP_VAULT_TOKEN: standby.rootToken,
    };
    const codesOf = async () => {
      const { exitCode, findings, text } = await runDoctor(env);
      expect(text).not.toContain("planted");
      return { exitCode, codes: findings.map(({ code }) => code), text };
    };
    const healthy = await codesOf();
    expect(healthy.codes, healthy.text).toEqual([]);
    expect(healthy.text).toContain("standby, version");

    const others = cluster.nodes.filter((node) => node !== standby);
    await Promise.all(others.map((node) => node.end("SIGKILL")));
    const broken = await codesOf();
    expect({ exitCode: broken.exitCode, codes: broken.codes }, broken.text).toEqual({
      exitCode: 2,
      codes: ["NO_ACTIVE_NODE"],
    });
    expect(broken.text).toContain(`The server at ${standby.address} is a standby`);

    // The remedy.
    await Promise.all(others.map((node) => node.start()));
    await cluster.leader();
    const cured = await codesOf();
    expect(cured.codes, cured.text).toEqual([]);
  });
});
