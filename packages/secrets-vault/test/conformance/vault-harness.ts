import { randomUUID } from "node:crypto";
import { connect } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Environment } from "@archestra/secrets-core";
import type { BackendHarness, TestStore } from "@archestra/secrets-testkit";
import type { CuttingProxy } from "@archestra/test-servers/cutting-proxy";
import type { VaultServer } from "@archestra/test-servers/vault-server";
import { tokenAuth } from "@archestra/vault-auth-token";
import { vaultPlugin } from "../../src/index.ts";
import { policyOf } from "../support/application-policy.ts";
import { tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { RawSecrets } from "./raw-secrets.ts";

/** A server whose cases follow one after the other, each on a mount of its own. */
export interface ServerOfCases {
  /** It has `raw_storage_endpoint`. */
  readonly server: VaultServer;
  /** Stands before it. */
  readonly proxy: CuttingProxy;
  /** Whether other nodes would take its place when it is sealed. */
  readonly isLeader?: boolean | undefined;
  readonly kvVersion: 1 | 2;
  /** As the testkit's `TestStore` has it. */
  readonly mostEntries?: number | undefined;
}

/** A policy that says nothing of the mount. */
const NOTHING = 'path "nothing" { capabilities = ["deny"] }';

/** @param server asked for by each case */
export function vaultHarness(server: () => ServerOfCases): BackendHarness {
  return { open: () => openVaultStore(server()) };
}

async function openVaultStore(servers: ServerOfCases): Promise<TestStore> {
  const { server, isLeader, proxy, kvVersion, mostEntries } = servers;
  const mount = randomUUID();
  const policy = policyOf(mount, kvVersion);
  await server.mountKv(mount, kvVersion);
  await server.putPolicy(mount, policy);
  const makeToken = async () => (await server.createToken({ policies: [mount] })).token;
  let token = await makeToken();
  const raw = new RawSecrets(server, mount, kvVersion);
  const heal = () => proxy.heal();
  // Behind TLS no text can be seen.
  const textOfRequests = server.tls === undefined ? `/v1/${mount}/` : undefined;
  const answerInstead = (form: number) => () => {
    proxy.answerInstead(nonsense[form] ?? "");
    return heal;
  };
  return {
    // The variable is what the suite looks for wherever it could leak; the option follows when the token is replaced.
    plugins: [vaultPlugin(), tokenAuth({ token: async () => token })],
    env: vaultEnv(proxiedAddress(server, proxy), {
      // A license is secret: its value is watched for, and `true` is a word of many messages.
      ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "license-of-the-conformance-suite",
      ...tokenEnv(token),
      ...placeEnv(mount, kvVersion),
      ...tlsEnv(server),
    }),
    mostEntries,
    // Vault returns all names of a folder at once, so no size is special.
    pageSize: 100,
    readRaw: (name) => raw.read(name),
    seedRaw: (name, text) => raw.seed(name, text),
    connections: () => proxy.openConnections,
    faults: {
      unauthenticated: async () => {
        await server.revokeToken(token);
        return async () => {
          token = await makeToken();
        };
      },
      "permission-denied": async () => {
        await server.putPolicy(mount, NOTHING);
        return () => server.putPolicy(mount, policy);
      },
      "rate-limited": async () => {
        await server.setRateLimitQuota(`${mount}/`, 1, { interval: "1h" });
        while ((await server.request("GET", `${mount}/none`)).status !== 429);
        return () => server.removeRateLimitQuota();
      },
      unavailable: async () => {
        if (isLeader) {
          await refuseConnections(proxy);
          return heal;
        }
        await server.seal();
        return async () => {
          await server.unseal();
          await server.untilActive();
        };
      },
      timeout: () => {
        proxy.hang();
        return heal;
      },
      "lost-answer": [
        () => proxy.cutAt(textOfRequests, "answered"),
        () => {
          proxy.cutAt(textOfRequests, "answered", Number.POSITIVE_INFINITY);
          return heal;
        },
      ],
      "lost-request": [
        () => proxy.cutAt(textOfRequests, "before"),
        () => {
          proxy.cutAt(textOfRequests, "before", Number.POSITIVE_INFINITY);
          return heal;
        },
      ],
      "hanging-answer": () => {
        // Behind TLS no change can be recognized, and reads must be answered: the next request hangs.
        if (server.tls !== undefined) return proxy.cutAt(undefined, "held");
        const changes = [`POST /v1/${mount}/`, `DELETE /v1/${mount}/`];
        proxy.cutAt(changes, "held", Number.POSITIVE_INFINITY);
        return async () => {
          await heal();
          proxy.drop();
        };
      },
      nonsense: [answerInstead(0), answerInstead(1), answerInstead(2), answerInstead(3)],
    },
    rotate: async () => {
      const old = token;
      token = await makeToken();
      await server.revokeToken(old);
      return { ARCHESTRA_HASHICORP_VAULT_TOKEN: token };
    },
    close: () => server.unmount(mount),
  };
}

/** Refuses connections, and returns when clients of this process have heard of the end of those that were open. */
async function refuseConnections(proxy: CuttingProxy): Promise<void> {
  const { connections } = proxy;
  const last = connect(proxy.port, "127.0.0.1").resume();
  last.on("error", () => {});
  const closed = new Promise((resolve) => last.once("close", resolve));
  while (proxy.connections === connections) await nextTurn();
  await proxy.refuse();
  await closed;
  await nextTurn();
}

/** What other servers answer at the address of a Vault. */
const nonsense = [
  ["200 OK", "application/json", "{}"],
  ["200 OK", "text/html", "<html><body>Welcome</body></html>"],
  ["404 Not Found", "text/plain", "404 page not found"],
  ["404 Not Found", "application/json", '{"message":"no such route"}'],
].map(
  ([status, type, body = ""]) =>
    `HTTP/1.1 ${status}\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
);

function proxiedAddress({ address }: VaultServer, { port }: CuttingProxy): string {
  return address.replace(/\d+$/, String(port));
}

function placeEnv(mount: string, kvVersion: 1 | 2): Environment {
  return {
    ARCHESTRA_HASHICORP_VAULT_KV_VERSION: String(kvVersion),
    ARCHESTRA_HASHICORP_VAULT_SECRET_PATH: kvVersion === 2 ? `${mount}/data/archestra` : `${mount}/archestra`,
  };
}

function tlsEnv({ tls }: VaultServer): Environment {
  return tls === undefined ? {} : { ARCHESTRA_HASHICORP_VAULT_CACERT: tls.authority };
}
