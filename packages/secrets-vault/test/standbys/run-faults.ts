import type { SeededRandom } from "@archestra/test-harness/seeded-random";
import type { CutMoment, CuttingProxy } from "@archestra/test-servers/cutting-proxy";
import type { VaultCluster } from "@archestra/test-servers/vault-cluster";
import type { VaultServer } from "@archestra/test-servers/vault-server";

/** What can happen to a run. */
export const faultNames = [
  "step-down",
  "frozen leader",
  "frozen standby",
  "partition",
  "cut changes",
  "revocation",
] as const;

export type FaultName = (typeof faultNames)[number];

/** Something that goes wrong for a while. */
export interface Fault {
  begin(): Promise<void>;
  /** Puts it right. */
  end(): Promise<void>;
}

/** What faults can happen to. */
export interface FaultTargets {
  readonly random: SeededRandom;
  readonly cluster: VaultCluster;
  readonly leader: VaultServer;
  /** The node that a manager talks to. */
  readonly standby: VaultServer;
  /** The way of a manager to its node. */
  readonly proxy: CuttingProxy;
}

const moments: readonly [CutMoment, ...CutMoment[]] = [
  "before",
  "in-request",
  "after",
  1,
  "answered",
  "in-answer",
];

export function makeFault(name: FaultName, { random, leader, standby, proxy }: FaultTargets): Fault {
  switch (name) {
    case "step-down":
      return { begin: () => administer(leader, "sys/step-down"), end: async () => {} };
    case "frozen leader":
      return { begin: () => leader.freeze(), end: () => leader.thaw() };
    case "frozen standby":
      return { begin: () => standby.freeze(), end: () => standby.thaw() };
    case "partition": {
      const isLost = random.below(2) === 0;
      return {
        begin: async () => proxy.hang(),
        end: async () => {
          if (isLost) proxy.dropFrozen();
          await proxy.heal();
        },
      };
    }
    case "cut changes":
      return {
        begin: async () =>
          proxy.cutAt(["POST /v1/secret", "DELETE /v1/secret"], random.of(moments), 1 + random.below(3)),
        end: () => proxy.heal(),
      };
    case "revocation":
      return {
        begin: () => administer(leader, "sys/leases/revoke-prefix/auth/approle/login"),
        end: async () => {},
      };
  }
}

/** Another fault may keep the leader from answering, or from leading. */
async function administer(leader: VaultServer, path: string): Promise<void> {
  const answered = leader.request("PUT", path).then(
    () => undefined,
    () => undefined,
  );
  await Promise.race([answered, new Promise((resolve) => setTimeout(resolve, 2_000))]);
}
