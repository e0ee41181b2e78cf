import { createHash } from "node:crypto";
import type { RunningApplication } from "./running-application.ts";

/** Part of every token: nothing that the application writes or answers may hold it. */
export const TOKEN = "not-a-real-token";

/** Clients that use their credentials all the time, and know what each has to be. */
export class CredentialClients {
  /** The token that each credential has. */
  readonly tokens = new Map<string, string>();
  #requests = 0;
  #counter = 0;

  /** How many requests they made. */
  get requests(): number {
    return this.#requests;
  }

  /** What a store holds that holds everything. */
  get stored(): Record<string, unknown> {
    return Object.fromEntries([...this.tokens].map(([name, token]) => [name, { token }]));
  }

  async create(application: RunningApplication, name: string): Promise<void> {
    const token = this.#newToken();
    await this.#demand(application, "POST", name, { token });
    this.tokens.set(name, token);
  }

  async update(application: RunningApplication, name: string): Promise<void> {
    const token = this.#newToken();
    await this.#demand(application, "PUT", name, { token });
    this.tokens.set(name, token);
  }

  async delete(application: RunningApplication, name: string): Promise<void> {
    await this.#demand(application, "DELETE", name);
    this.tokens.delete(name);
  }

  /** Reads one, which has to be as it was written last. @returns the manager that holds it */
  async read(application: RunningApplication, name: string): Promise<string> {
    const { manager, fingerprint } = await this.#demand(application, "GET", name);
    if (fingerprint !== fingerprintOf(this.tokens.get(name))) {
      throw new Error(`The credential ${name} at ${manager} is not what was written last.`);
    }
    return manager as string;
  }

  /** Reads all, each as it was written last. @returns by manager, how many it holds */
  async readAll(application: RunningApplication): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const name of this.tokens.keys()) {
      const manager = await this.read(application, name);
      counts[manager] = (counts[manager] ?? 0) + 1;
    }
    return counts;
  }

  /**
   * Until the work has ended, four clients change, read, delete and create their credentials, each its own. None of their
   * requests may fail.
   */
  async useWhile<Result>(application: RunningApplication, work: Promise<Result>): Promise<Result> {
    let isOver = false;
    const ended = work.finally(() => {
      isOver = true;
    });
    const names = [...this.tokens.keys()];
    const clients = [0, 1, 2, 3].map(async (client) => {
      const own = names.filter((_, index) => index % 4 === client);
      for (let turn = 0; !isOver; turn++) {
        const name = own[turn % own.length] as string;
        await this.read(application, name);
        await this.update(application, name);
        await this.read(application, name);
        if (turn % 5 !== 0) continue;
        await this.delete(application, name);
        await this.create(application, name);
      }
    });
    const [result] = await Promise.all([ended, ...clients]);
    return result;
  }

  async #demand(
    application: RunningApplication,
    method: string,
    name: string,
    body?: object,
  ): Promise<Record<string, unknown>> {
    const answer = await application.request(method, `/credentials/${name}`, body);
    this.#requests++;
    if (answer.status < 300) return answer.body as Record<string, unknown>;
    throw new Error(`${method} ${name} answered ${answer.status} ${JSON.stringify(answer.body)}.`);
  }

  #newToken(): string {
    return `${TOKEN}-${this.#counter++}`;
  }
}

function fingerprintOf(token = ""): string {
  return createHash("sha256").update(token).digest("hex").slice(0, 12);
}
