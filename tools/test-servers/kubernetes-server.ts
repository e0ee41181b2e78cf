import { generateKeyPairSync, type KeyObject, randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CertificateAuthority } from "./certificate-authority.ts";
import { freePort } from "./free-port.ts";
import { KubernetesAdministration } from "./kubernetes-administration.ts";
import { findKubernetesBinary } from "./kubernetes-binary.ts";
import { KubernetesClient } from "./kubernetes-client.ts";
import { serverEnvironment } from "./server-environment.ts";
import { signedAgain } from "./service-account-token.ts";
import { SupervisedProcess } from "./supervised-process.ts";

/** The issuer of its service-account tokens, as clusters commonly have it. */
const ISSUER = "https://kubernetes.default.svc.cluster.local";

interface Parts {
  readonly process: SupervisedProcess;
  readonly client: KubernetesClient;
  readonly binary: string;
  readonly parameters: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly authority: string;
  readonly administratorToken: string;
  readonly signingKey: KeyObject;
}

/**
 * Starts the kube-apiserver of an empty cluster of the caller's own, on loopback ports that were free. It has no nodes, and
 * no controllers: pods do not run, nothing makes a namespace's `default` account, and deleted namespaces stay. It ends with
 * the process that started it, however that ends.
 *
 * @throws {TestServerUnavailable} when no kube-apiserver can be had on this machine
 */
export async function startKubernetes(): Promise<KubernetesServer> {
  const server = await KubernetesServer.create();
  try {
    await server.start();
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** A real kube-apiserver over its own etcd. */
export class KubernetesServer extends KubernetesAdministration {
  /** Its URL, `https://127.0.0.1:<port>`. */
  readonly address: string;
  readonly port: number;
  /** The certificate, in PEM, of the authority that issued its own. */
  readonly authority: string;
  /** A bearer token that may do everything. */
  readonly administratorToken: string;
  readonly #parts: Parts;

  /** Prepares a server that does not run yet. */
  static async create(): Promise<KubernetesServer> {
    const binary = await findKubernetesBinary();
    const process = await SupervisedProcess.create("kubernetes");
    const { folder } = process;
    const [port, etcdPort, etcdPeerPort] = [await freePort(), await freePort(), await freePort()];
    const authority = await CertificateAuthority.create();
    const { cert, key } = await authority.issueServer(["127.0.0.1", "localhost"]);
    const { privateKey: signingKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const administratorToken = randomUUID();
    const write = async (name: string, content: string) => {
      const file = join(folder, name);
      await writeFile(file, content, { mode: 0o600 });
      return file;
    };
    const accountKey = await write(
      "service-accounts.pem",
      signingKey.export({ type: "pkcs8", format: "pem" }).toString(),
    );
    const etcd = `http://127.0.0.1:${etcdPort}`;
    const settings = {
      "etcd-servers": etcd,
      "bind-address": "127.0.0.1",
      "secure-port": port,
      // Documentation's own address: nothing asks for it, and a machine without a network has none to find.
      "advertise-address": "192.0.2.1",
      "endpoint-reconciler-type": "none",
      "cert-dir": folder,
      "tls-cert-file": await write("server.pem", cert),
      "tls-private-key-file": await write("server-key.pem", key),
      "service-account-issuer": ISSUER,
      "service-account-key-file": accountKey,
      "service-account-signing-key-file": accountKey,
      "token-auth-file": await write(
        "tokens.csv",
        `${administratorToken},administrator,administrator,system:masters\n`,
      ),
      "authorization-mode": "RBAC",
      "service-cluster-ip-range": "10.0.0.0/24",
      // It waits for tokens that a controller would make.
      "disable-admission-plugins": "ServiceAccount",
    };
    const address = `https://127.0.0.1:${port}`;
    return new KubernetesServer({
      process,
      client: new KubernetesClient(address, authority.certificate, administratorToken),
      binary,
      parameters: Object.entries(settings).map(([name, value]) => `--${name}=${value}`),
      environment: {
        ...serverEnvironment(folder, /^(ETCD|KUBE)/),
        ETCD_DIR: join(folder, "etcd"),
        ETCD_URL: etcd,
        ETCD_PEER_URL: `http://127.0.0.1:${etcdPeerPort}`,
      },
      authority: authority.certificate,
      administratorToken,
      signingKey,
    });
  }

  private constructor(parts: Parts) {
    super(parts.client);
    this.address = parts.client.address;
    this.port = Number(new URL(this.address).port);
    this.authority = parts.authority;
    this.administratorToken = parts.administratorToken;
    this.#parts = parts;
  }

  /** Starts it when it does not run, on what it holds. */
  async start(): Promise<void> {
    const { process, binary, parameters, environment, client } = this.#parts;
    await process.start(binary, parameters, environment);
    await process.until("is ready", () =>
      client.request("GET", "/readyz").then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
  }

  /** Ends its process and keeps its data: it reviews no token until `start`. */
  async end(): Promise<void> {
    await this.#parts.process.end("SIGKILL");
  }

  /**
   * A token that the server would issue if it allowed this lifetime: the TokenRequest API gives none below 600 s. The server
   * takes it for its own, and still for a minute after its end, which it allows for clocks.
   *
   * @param options.lifetimeSeconds from now; below 0 it is past
   */
  async issueToken(
    namespace: string,
    name: string,
    options: { readonly audiences?: readonly string[]; readonly lifetimeSeconds: number },
  ): Promise<string> {
    const token = await this.requestToken(namespace, name, options);
    const now = Math.floor(Date.now() / 1000);
    const exp = now + options.lifetimeSeconds;
    const start = Math.min(now, exp - 600);
    return signedAgain(token, { iat: start, nbf: start, exp }, this.#parts.signingKey);
  }

  /** What it has written. */
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
}
