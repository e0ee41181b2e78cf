import { setTimeout as sleep } from "node:timers/promises";
import { startVault, type VaultOptions, VaultServer } from "./vault-server.ts";

/** How long an election, or a change of the members, may take. */
const SETTLE_MILLISECONDS = 60_000;
/** How long another node may take until it leads. */
const STEP_DOWN_MILLISECONDS = 15_000;
const POLL_MILLISECONDS = 50;

/** Three servers that share what they hold by raft: one leads, the others stand by. */
export class VaultCluster {
  /** All nodes, by their addresses. One can be ended or killed (`end`) and come back (`start`), or be frozen and thawed. */
  readonly nodes: readonly VaultServer[];

  constructor(nodes: readonly VaultServer[]) {
    this.nodes = nodes;
  }

  /** The node that leads, when all nodes that run and are not frozen know the same one. Waits for an election. */
  async leader(): Promise<VaultServer> {
    return (await this.#settled(() => true)).leader;
  }

  /** The nodes that run, are not frozen and do not lead. */
  async standbys(): Promise<VaultServer[]> {
    return (await this.#settled(() => true)).standbys;
  }

  /** Lets another node lead. @returns that node, when all know it */
  async stepDown(): Promise<VaultServer> {
    const before = await this.leader();
    // Where no other takes over, the same node leads again, and has to be asked again.
    for (let attempt = 1; ; attempt++) {
      const { status, text } = await before.request("PUT", "sys/step-down");
      if (status !== 204) throw new Error(`The leader answered ${status} to step-down: ${text}`);
      try {
        return (await this.#settled((leader) => leader !== before, STEP_DOWN_MILLISECONDS)).leader;
      } catch (error) {
        const leader = await this.leader();
        if (leader !== before) return leader;
        if (attempt === 4) throw error;
      }
    }
  }

  /** Mounts a KV engine. It is ready on every node that runs when this returns: a standby that serves reads hears of it later. */
  async mountKv(...[path, version, options]: Parameters<VaultServer["mountKv"]>): Promise<void> {
    await (await this.leader()).mountKv(path, version, options);
    const probe = version === 1 ? `${path}/none` : `${path}/data/none`;
    const deadline = Date.now() + SETTLE_MILLISECONDS;
    for (const node of this.nodes.filter(({ running, frozen }) => running && !frozen)) {
      for (;;) {
        const { status, text } = await node.request("GET", probe);
        // Before the mount is known there, Vault's words are another 404.
        if (status === 404 && !text.includes("no handler for route")) break;
        if (Date.now() > deadline) throw new Error(`${path} is not ready on ${node.address}: ${text}`);
        await sleep(POLL_MILLISECONDS);
      }
    }
  }

  /** Kills all nodes and removes what they hold. */
  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
  }

  /** Waits until every node that runs leads or stands by, and they agree on who leads. */
  async #settled(
    suits: (leader: VaultServer) => boolean,
    within = SETTLE_MILLISECONDS,
  ): Promise<SettledCluster> {
    const deadline = Date.now() + within;
    for (;;) {
      const running = this.nodes.filter((node) => node.running && !node.frozen);
      const known = await Promise.all(running.map(leaderKnownTo));
      const states = await Promise.all(running.map((node) => node.health()));
      const leaders = running.filter((_node, index) => states[index] === 200);
      const standbys = running.filter((_node, index) => states[index] === 429);
      const [leader] = leaders;
      if (
        leader !== undefined &&
        suits(leader) &&
        known.every((address) => address === leader.address) &&
        leaders.length + standbys.length === running.length
      )
        return { leader, standbys };
      if (Date.now() > deadline) throw new Error(`No leader in ${within} ms.`);
      await sleep(POLL_MILLISECONDS);
    }
  }
}

interface SettledCluster {
  readonly leader: VaultServer;
  readonly standbys: VaultServer[];
}

/** Starts a cluster of Vault, or of the product in the options, in which every node has a vote. Its options hold for each node; they write one audit log. */
export async function startRaftCluster(options: Omit<VaultOptions, "storage"> = {}): Promise<VaultCluster> {
  const nodes: VaultServer[] = [];
  const cluster = new VaultCluster(nodes);
  try {
    const first = await startVault({ ...options, storage: "raft" });
    nodes.push(first);
    // A new member has no vote until it has been stable for this long, which is 10 s otherwise.
    await demand(first, "POST", "sys/storage/raft/autopilot/configuration", {
      server_stabilization_time: "500ms",
    });
    const members = [1, 2].map(() => VaultServer.create({ ...options, storage: "raft" }, first));
    nodes.push(...(await Promise.all(members)));
    await Promise.all(nodes.slice(1).map((node) => node.start()));
    await allVote(cluster);
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

/** "" when the node answers and knows none; undefined when it does not answer, or is sealed. */
async function leaderKnownTo(node: VaultServer): Promise<string | undefined> {
  if (![200, 429].includes(await node.health())) return undefined;
  const answer = await node.request("GET", "sys/leader", undefined, { token: null }).catch(() => undefined);
  if (answer?.status !== 200) return undefined;
  return String(answer.body.leader_address ?? "");
}

/** Asks the current leader, because a busy machine can cause another election. */
async function allVote(cluster: VaultCluster): Promise<void> {
  const deadline = Date.now() + SETTLE_MILLISECONDS;
  for (;;) {
    const leader = await cluster.leader();
    const { status, body } = await leader.request("GET", "sys/storage/raft/configuration");
    const data = body.data as { config: { servers: readonly { readonly voter: boolean }[] } } | undefined;
    const voters = data?.config.servers.filter(({ voter }) => voter).length;
    if (status === 200 && voters === cluster.nodes.length) return;
    if (Date.now() > deadline) throw new Error(`Not all nodes have a vote after ${SETTLE_MILLISECONDS} ms.`);
    await sleep(POLL_MILLISECONDS);
  }
}

async function demand(node: VaultServer, method: string, path: string, body?: unknown) {
  const answer = await node.request(method, path, body);
  if (answer.status !== 200 && answer.status !== 204)
    throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
  return answer.body;
}
