import { randomUUID } from "node:crypto";
import { isIP } from "node:net";
import { join } from "node:path";
import { type Certificate, CertificateAuthority } from "./certificate-authority.ts";
import { freePort } from "./free-port.ts";
import { serverEnvironment } from "./server-environment.ts";
import { SupervisedProcess } from "./supervised-process.ts";
import { VaultAdministration } from "./vault-administration.ts";
import { type AuditedRequest, VaultAuditLog } from "./vault-audit-log.ts";
import { VaultClient } from "./vault-client.ts";
import { type VaultSettings, type VaultStorage, writeVaultConfiguration } from "./vault-configuration.ts";
import { chosenProduct, type VaultProduct } from "./vault-product.ts";

export interface VaultTlsOptions {
  /** The names and addresses in the server's certificate. @default ["127.0.0.1", "localhost"] */
  readonly serverNames?: readonly [string, ...string[]] | undefined;
  /** Whether clients have to show a certificate of the same authority. @default false */
  readonly requireClientCertificate?: boolean | undefined;
}

export interface VaultOptions {
  /** The server program. @default what `chosenProduct` gives */
  readonly product?: VaultProduct | undefined;
  /** `persistent`: `file`, or `raft` where the product does not have that. @default "inmem" */
  readonly storage?: VaultStorage | "persistent" | undefined;
  /** @default "root" */
  readonly rootToken?: string | undefined;
  /** @default plain HTTP */
  readonly tls?: VaultTlsOptions | undefined;
  /** Whether an audit device notes all requests from the start, for `auditedRequests`. @default false */
  readonly audit?: boolean | undefined;
  /** More settings of the listener, such as `max_request_size`. */
  readonly listener?: VaultSettings | undefined;
  /** More settings of the server, such as `max_lease_ttl`. */
  readonly settings?: VaultSettings | undefined;
}

/** What a client needs to talk to a server with TLS; all in PEM. */
export interface VaultTls {
  readonly authority: string;
  /** Issued by the same authority. */
  readonly client: Certificate;
  /** The first name in the server's certificate. */
  readonly serverName: string;
}

/**
 * Starts a Vault or an OpenBao of the caller's own on loopback ports that were free, initialised, with one unseal key, unsealed,
 * and with nothing mounted. It ends with the process that started it, however that ends.
 *
 * @throws {TestServerUnavailable} when its program cannot be had on this machine
 */
export async function startVault(options: VaultOptions = {}): Promise<VaultServer> {
  const server = await VaultServer.create(options);
  try {
    await server.start();
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

interface Parts {
  readonly options: VaultOptions;
  readonly product: VaultProduct;
  readonly process: SupervisedProcess;
  readonly auditLog: VaultAuditLog;
  readonly client: VaultClient;
  readonly binary: string;
  readonly configurationFile: string;
  readonly tls: VaultTls | undefined;
  readonly authority: CertificateAuthority | undefined;
  readonly joins: VaultServer | undefined;
}

/** A real Vault, or a real OpenBao. */
export class VaultServer extends VaultAdministration {
  /** Its URL, `http://127.0.0.1:<port>` or with https. */
  readonly address: string;
  readonly port: number;
  readonly rootToken: string;
  /** Absent: it talks plain HTTP. */
  readonly tls: VaultTls | undefined;
  readonly product: VaultProduct;
  readonly #parts: Parts;
  readonly #auditLog: VaultAuditLog;
  #unsealKey: string | undefined;
  #frozen = false;

  /** Prepares a server that does not run yet. @param joins a node whose raft cluster it joins */
  static async create(options: VaultOptions, joins?: VaultServer): Promise<VaultServer> {
    const { product = await chosenProduct(), rootToken = "root", tls } = options;
    const persistent = product.hasFileStorage ? "file" : "raft";
    const storage = options.storage === "persistent" ? persistent : (options.storage ?? "inmem");
    if (storage === "file" && !product.hasFileStorage)
      throw new Error(`${product.title} does not have the storage \`file\`.`);
    const binary = await product.findBinary();
    const process = await SupervisedProcess.create("vault");
    const [port, clusterPort] = [await freePort(), await freePort()];
    const authority =
      tls && (joins === undefined ? await CertificateAuthority.create() : joins.#parts.authority);
    const issued = tls && authority && (await issueCertificates(tls, authority));
    // All nodes of a cluster have the devices of one, which are files on one machine.
    const auditLog =
      joins === undefined ? new VaultAuditLog(join(process.folder, "audit.log")) : joins.#auditLog;
    const declaresAudit = options.audit === true && product.auditDevice === "configuration";
    const configurationFile = await writeVaultConfiguration({
      product,
      storage,
      folder: process.folder,
      port,
      clusterPort,
      nodeId: randomUUID(),
      joins: joins?.address,
      auditFile: declaresAudit ? auditLog.file : undefined,
      tls: issued && {
        server: issued.server,
        authority: issued.authority,
        requireClientCertificate: tls?.requireClientCertificate ?? false,
      },
      listener: options.listener ?? {},
      settings: options.settings ?? {},
    });
    const address = `${issued ? "https" : "http"}://127.0.0.1:${port}`;
    const trust = issued && {
      ca: issued.authority,
      ...issued.client,
      // TLS names hosts, never addresses.
      ...(isIP(issued.serverName) ? {} : { servername: issued.serverName }),
    };
    const client = new VaultClient(address, rootToken, trust);
    return new VaultServer({
      options,
      product,
      auditLog,
      process,
      client,
      binary,
      configurationFile,
      tls: issued,
      authority,
      joins,
    });
  }

  private constructor(parts: Parts) {
    super(parts.client);
    this.address = parts.client.address;
    this.port = Number(new URL(this.address).port);
    this.rootToken = parts.options.rootToken ?? "root";
    this.tls = parts.tls;
    this.product = parts.product;
    this.#parts = parts;
    this.#auditLog = parts.auditLog;
  }

  /** Starts it when it does not run, on what it holds, and unseals it. In memory it holds nothing: it is a new server. */
  async start(): Promise<void> {
    const { process, binary, configurationFile, joins } = this.#parts;
    const environment = serverEnvironment(process.folder, /^(VAULT|BAO)_/);
    await process.start(binary, ["server", `-config=${configurationFile}`, "-log-level=error"], environment);
    await process.until("answers", async () => (await this.#status()) !== undefined);
    if (joins !== undefined) this.#unsealKey = joins.#unsealKey;
    else if ((await this.#status())?.initialized !== true) return this.#initialise();
    await this.unseal();
  }

  /** Ends its process and keeps what it holds. @param signal @default "SIGTERM" */
  async end(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    await this.#parts.process.end(signal);
    this.#frozen = false;
  }

  /** Ends its process and starts it again, on the same ports. */
  async restart(signal?: "SIGTERM" | "SIGKILL"): Promise<void> {
    await this.end(signal);
    await this.start();
  }

  /** From now on it accepts connections and answers nothing, until `thaw`. */
  async freeze(): Promise<void> {
    await this.#parts.process.freeze();
    this.#frozen = true;
  }

  async thaw(): Promise<void> {
    this.#frozen = false;
    await this.#parts.process.thaw();
  }

  /** Whether it is frozen. */
  get frozen(): boolean {
    return this.#frozen;
  }

  async seal(): Promise<void> {
    // A node of raft that has just been unsealed stands by for a moment, and refuses.
    await this.untilActive();
    await this.client.demand("PUT", "sys/seal");
  }

  /** Returns when it serves again, or stands by. */
  async unseal(): Promise<void> {
    const unsealKey = { key: this.#unsealKey };
    // A node that joins a cluster refuses the key until it has heard from the leader. One that took it unseals by itself a
    // second later, and a key that is given meanwhile makes two nodes of it, which contend and do not step down.
    let taken = false;
    await this.#parts.process.until("is unsealed", async () => {
      if ((await this.#status())?.sealed === false) return true;
      if (!taken)
        taken = (await this.client.request("PUT", "sys/unseal", unsealKey, { token: null })).status === 200;
      return false;
    });
    await this.#parts.process.until("serves", async () => [200, 429].includes(await this.health()));
  }

  /** Waits until it is active. A node of raft stands by for a moment after it was unsealed, also when it is the only one. */
  async untilActive(): Promise<void> {
    await this.#parts.process.until("is active", async () => (await this.health()) === 200);
  }

  /** Whether its process runs, or is on its way out. */
  get running(): boolean {
    return this.#parts.process.running;
  }

  /** The status of `sys/health`: 200 active, 429 standby, 501 not initialised, 503 sealed; 0 when it does not answer. */
  async health(): Promise<number> {
    return this.client.request("GET", "sys/health", undefined, { token: null }).then(
      ({ status }) => status,
      () => 0,
    );
  }

  /** All requests so far but the administration's own. Its options have to say `audit: true`. */
  auditedRequests(): Promise<AuditedRequest[]> {
    return this.#auditLog.requests();
  }

  /** What it has written, over its restarts. */
  get log(): string {
    return this.#parts.process.log;
  }

  /** Where it keeps its files, until it stops. */
  get folder(): string {
    return this.#parts.process.folder;
  }

  /** Kills it and removes what it holds. */
  async stop(): Promise<void> {
    await this.#parts.process.dispose();
  }

  async #initialise(): Promise<void> {
    const { audit } = this.#parts.options;
    const log = this.#auditLog;
    if (!audit) return this.#prepare();
    await log.leavingOut(async () => {
      await this.#prepare();
      await log.noteAdministration(this.client);
    });
    if (this.product.auditDevice === "request") await log.enable(this.client);
  }

  async #prepare(): Promise<void> {
    const once = { secret_shares: 1, secret_threshold: 1 };
    const first = await this.client.demand("PUT", "sys/init", once, { token: null });
    this.#unsealKey = (first.keys_base64 as string[])[0];
    await this.unseal();
    await this.#parts.process.until("is active", async () => (await this.health()) === 200);
    const token = first.root_token as string;
    await this.client.demand(
      "POST",
      "auth/token/create",
      { id: this.rootToken, policies: ["root"], no_parent: true },
      { token },
    );
  }

  async #status(): Promise<Readonly<Record<string, unknown>> | undefined> {
    return this.client.request("GET", "sys/seal-status", undefined, { token: null }).then(
      ({ status, body }) => (status === 200 ? body : undefined),
      () => undefined,
    );
  }
}

async function issueCertificates(
  options: VaultTlsOptions,
  authority: CertificateAuthority,
): Promise<VaultTls & { server: Certificate }> {
  const { serverNames = ["127.0.0.1", "localhost"] } = options;
  const server = await authority.issueServer(serverNames);
  const client = await authority.issueClient("test client");
  return { authority: authority.certificate, server, client, serverName: serverNames[0] };
}
