import { writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { findOpenBaoBinary } from "./openbao-binary.ts";
import { serverEnvironment } from "./server-environment.ts";
import { SupervisedProcess } from "./supervised-process.ts";
import type { AppRole } from "./vault-administration.ts";

/** How an agent logs in and what it does for applications. */
export interface AgentOptions {
  /** The server's URL. */
  readonly server: string;
  /** With what it logs in. */
  readonly role: AppRole;
  /** `agent` or `proxy`. @default "agent" */
  readonly command?: "agent" | "proxy";
  /** Whether it adds its own token to requests without one. @default true */
  readonly addsToken?: boolean;
  /** How long the tokens in its file sink are wrapped, such as "60s". @default not at all */
  readonly wrapTtl?: string;
}

/** A real `bao agent` or `bao proxy` that logs in by AppRole, and listens on a port and on a socket. */
export class OpenBaoAgent {
  /** The URL of its port. */
  readonly address: string;
  /** The path of its socket. */
  readonly socket: string;
  /** Its file sink. */
  readonly sink: string;
  readonly #process: SupervisedProcess;
  readonly #start: () => Promise<void>;

  private constructor(process: SupervisedProcess, port: number, start: () => Promise<void>) {
    this.#process = process;
    this.#start = start;
    this.address = `http://127.0.0.1:${port}`;
    this.socket = join(process.folder, "agent.sock");
    this.sink = join(process.folder, "sink");
  }

  /** Prepares an agent and starts it. */
  static async start(options: AgentOptions): Promise<OpenBaoAgent> {
    const { server, role, command = "agent", addsToken = true, wrapTtl } = options;
    const binary = await findOpenBaoBinary();
    const process = await SupervisedProcess.create("openbao-agent");
    const port = await freePort();
    const file = (name: string) => join(process.folder, name);
    await writeFile(file("role-id"), role.roleId);
    await writeFile(file("secret-id"), role.secretId);
    const configuration = {
      vault: { address: server, retry: { num_retries: -1 } },
      auto_auth: {
        method: {
          type: "approle",
          config: {
            role_id_file_path: file("role-id"),
            secret_id_file_path: file("secret-id"),
            remove_secret_id_file_after_reading: false,
          },
        },
        sinks: [
          {
            sink: {
              type: "file",
              ...(wrapTtl === undefined ? {} : { wrap_ttl: wrapTtl }),
              config: { path: file("sink") },
            },
          },
        ],
      },
      ...(addsToken ? { api_proxy: { use_auto_auth_token: true } } : {}),
      listener: [
        { tcp: { address: `127.0.0.1:${port}`, tls_disable: true } },
        { unix: { address: file("agent.sock"), tls_disable: true } },
      ],
    };
    await writeFile(file("agent.json"), JSON.stringify(configuration));
    const environment = serverEnvironment(process.folder, /^(VAULT|BAO)_/);
    const agent = new OpenBaoAgent(process, port, async () => {
      await process.start(binary, [command, `-config=${file("agent.json")}`], environment);
      await process.until("passes requests on", async () => (await statusOf(agent.socket)) === 200);
    });
    try {
      await agent.#start();
      return agent;
    } catch (error) {
      await agent.stop();
      throw error;
    }
  }

  /** Ends its process. */
  async end(): Promise<void> {
    await this.#process.end("SIGKILL");
  }

  /** Starts it again, with another login. */
  async restart(): Promise<void> {
    await this.end();
    await this.#start();
  }

  /** What it has written. */
  get log(): string {
    return this.#process.log;
  }

  /** Kills it and removes its files. */
  async stop(): Promise<void> {
    await this.#process.dispose();
  }
}

/** The status of a request through the socket. 0: there was none. */
function statusOf(socketPath: string): Promise<number> {
  return new Promise((resolve) => {
    const sent = request({ socketPath, path: "/v1/sys/health" }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.on("error", () => resolve(0));
    sent.end();
  });
}
