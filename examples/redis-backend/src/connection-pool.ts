import { Connection, type ConnectionSettings } from "./connection.ts";
import { NoConnection, RedisRefusal } from "./redis-error.ts";

const MOST_CONNECTIONS = 16;

/**
 * Connections that serve one command at a time. A shared connection would need fewer, but a command without an answer would
 * keep every later one waiting, and giving up the connection would make the outcome of all of them unknown.
 */
export class ConnectionPool {
  readonly #settings: ConnectionSettings;
  readonly #idle: Connection[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #closing = new AbortController();
  #count = 0;

  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
  }

  /** Sends a command on a free connection, or on a new one. @throws the errors of `Connection.open` and `Connection.send` */
  async send(command: readonly (string | Buffer)[], callSignal: AbortSignal): Promise<unknown> {
    const signal = AbortSignal.any([callSignal, this.#closing.signal]);
    await this.#reserve(signal);
    let connection: Connection | undefined;
    try {
      connection = this.#takeIdle() ?? (await Connection.open(this.#settings, signal));
      const answer = await connection.send(command, signal);
      this.#idle.push(connection);
      return answer;
    } catch (error) {
      if (connection !== undefined && error instanceof RedisRefusal) this.#idle.push(connection);
      throw error;
    } finally {
      this.#count--;
      const [next] = this.#waiting;
      next?.();
      if (this.#closing.signal.aborted) this.#closeIdle();
    }
  }

  /** Closes all connections, and ends commands that are waiting for one. */
  close(): void {
    this.#closing.abort(new NoConnection(undefined));
    this.#closeIdle();
  }

  /** Waits until fewer commands are in progress than there may be connections. */
  async #reserve(signal: AbortSignal): Promise<void> {
    while (this.#count >= MOST_CONNECTIONS) await this.#oneEnds(signal);
    signal.throwIfAborted();
    this.#count++;
  }

  #oneEnds(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = () => {
        this.#waiting.delete(end);
        signal.removeEventListener("abort", abort);
        resolve();
      };
      const abort = () => {
        this.#waiting.delete(end);
        reject(signal.reason);
      };
      this.#waiting.add(end);
      signal.addEventListener("abort", abort, { once: true });
    });
  }

  #takeIdle(): Connection | undefined {
    while (this.#idle.length > 0) {
      const connection = this.#idle.pop();
      if (connection?.isReady) return connection;
      connection?.close();
    }
    return undefined;
  }

  #closeIdle(): void {
    for (const connection of this.#idle.splice(0)) connection.close();
  }
}
