import { writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Certificate } from "./certificate-authority.ts";
import type { VaultProduct } from "./vault-product.ts";

/**
 * Where a Vault keeps what it holds. Only `raft` knows standbys; `inmem` loses all when its process ends; OpenBao does not have
 * `file`.
 */
export type VaultStorage = "inmem" | "file" | "raft";

export type VaultSettings = Readonly<Record<string, string | number | boolean>>;

export interface VaultConfiguration {
  readonly product: VaultProduct;
  readonly storage: VaultStorage;
  readonly folder: string;
  readonly port: number;
  readonly clusterPort: number;
  /** Of the raft node. */
  readonly nodeId: string;
  /** The address of a node whose cluster this one joins. */
  readonly joins?: string | undefined;
  readonly tls?:
    | {
        readonly server: Certificate;
        readonly authority: string;
        readonly requireClientCertificate: boolean;
      }
    | undefined;
  /** The file of an audit device that is declared here. Absent: none is. */
  readonly auditFile?: string | undefined;
  /** Of the listener, such as `max_request_size`. */
  readonly listener: VaultSettings;
  /** Of the server, such as `max_lease_ttl`. */
  readonly settings: VaultSettings;
}

/** Writes the configuration into the server's folder. @returns its file */
export async function writeVaultConfiguration(configuration: VaultConfiguration): Promise<string> {
  const { product, storage, folder, port, clusterPort, nodeId, joins, auditFile, tls } = configuration;
  const path = join(folder, "data");
  await mkdir(path, { recursive: true });
  const write = (name: string, content: string) => {
    const file = join(folder, name);
    writeFileSync(file, content, { mode: 0o600 });
    return file;
  };
  const scheme = tls === undefined ? "http" : "https";
  const authority = tls && write("authority.pem", tls.authority);
  const retry = joins && {
    leader_api_addr: joins,
    ...(authority === undefined ? {} : { leader_ca_cert_file: authority }),
  };
  const storages = {
    inmem: {},
    file: { path },
    raft: {
      path,
      node_id: nodeId,
      // So many seconds of silence make an election, and half as many end a leader: a busy machine alone should not.
      performance_multiplier: 5,
      // How often the leader looks whether a new member may vote: 10 s otherwise.
      autopilot_reconcile_interval: "200ms",
      autopilot_update_interval: "200ms",
      ...(retry && { retry_join: [retry] }),
    },
  };
  const content = {
    // OpenBao has no such setting, and never locks its memory.
    ...(product.title === "Vault" ? { disable_mlock: true } : {}),
    api_addr: `${scheme}://127.0.0.1:${port}`,
    cluster_addr: `https://127.0.0.1:${clusterPort}`,
    storage: { [storage]: storages[storage] },
    listener: {
      tcp: {
        address: `127.0.0.1:${port}`,
        cluster_address: `127.0.0.1:${clusterPort}`,
        ...(tls === undefined
          ? { tls_disable: true }
          : {
              tls_cert_file: write("server.pem", tls.server.cert),
              tls_key_file: write("server-key.pem", tls.server.key),
              tls_client_ca_file: authority,
              tls_require_and_verify_client_cert: tls.requireClientCertificate,
            }),
        ...configuration.listener,
      },
    },
    // The nodes of a cluster declare the same device. Without its description, HCL takes the name for an option.
    ...(auditFile && {
      audit: [{ file: { file: { description: "test", options: { file_path: auditFile } } } }],
    }),
    ...configuration.settings,
  };
  return write("configuration.json", JSON.stringify(content, null, 2));
}
