import { ClientClosedError, ClientOfflineError, createClient, ErrorReply } from "@redis/client";
import { AnswerLost, NoConnection, RedisRefusal, StrangeAnswer } from "./redis-error.ts";

const CONNECT_MILLISECONDS = 10_000;

/** How connections are opened. */
export interface ConnectionSettings {
  readonly url: URL;
  /** Reads the password again. Undefined: none is needed. */
  readonly password: (() => Promise<string>) | undefined;
}

type Client = ReturnType<typeof newClient>;

/** RESP 2 has only texts, numbers and arrays, so an answer of another form came from another server. */
function newClient(url: URL, password: string | undefined) {
  const address = new URL(url);
  // A user in the address would take precedence, without a password.
  address.username = "";
  const username = decodeURIComponent(url.username);
  return createClient({
    url: address.href,
    ...(username !== "" && { username }),
    ...(password !== undefined && { password }),
    RESP: 2,
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: "disabled",
    socket: { connectTimeout: CONNECT_MILLISECONDS, reconnectStrategy: false },
  });
}

/** A connection that is authenticated at a primary. It serves one command at a time, and none after one without an answer. */
export class Connection {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  /** @throws `signal.reason`, NoConnection, or a RedisRefusal, such as for a wrong password. Nothing was sent. */
  static async open({ url, password }: ConnectionSettings, signal: AbortSignal): Promise<Connection> {
    const text = await password?.();
    signal.throwIfAborted();
    const client = newClient(url, text);
    // Without a listener, the error of a lost connection would end the process.
    client.on("error", () => close(client));
    try {
      await withSignal(client.connect(), signal);
      await withSignal(expectPrimary(client), signal);
      return new Connection(client);
    } catch (error) {
      close(client);
      signal.throwIfAborted();
      if (error instanceof ErrorReply) throw new RedisRefusal(error);
      if (error instanceof RedisRefusal || error instanceof StrangeAnswer) throw error;
      throw new NoConnection(error);
    }
  }

  /** Whether it can serve a command. */
  get isReady(): boolean {
    return this.#client.isReady;
  }

  /**
   * Sends a command. After any other error than a RedisRefusal, the connection is closed: a late answer would be taken for that
   * of the next command.
   *
   * @throws `signal.reason` or NoConnection when nothing was sent; RedisRefusal; AnswerLost
   */
  async send(command: readonly (string | Buffer)[], signal: AbortSignal): Promise<unknown> {
    signal.throwIfAborted();
    try {
      return await withSignal(this.#client.sendCommand([...command]), signal);
    } catch (error) {
      if (error instanceof ErrorReply) throw new RedisRefusal(error);
      this.close();
      const isUnsent = error instanceof ClientOfflineError || error instanceof ClientClosedError;
      throw isUnsent ? new NoConnection(error) : new AnswerLost();
    }
  }

  close(): void {
    close(this.#client);
  }
}

/** After a failover, an address can lead to a replica, whose reads lag behind. `HELLO` needs no permission. */
async function expectPrimary(client: Client): Promise<void> {
  const answer = await client.sendCommand(["HELLO"]);
  if (!Array.isArray(answer)) throw new StrangeAnswer();
  const role = answer[answer.indexOf("role") + 1];
  if (role !== "master") throw new RedisRefusal(new ErrorReply("READONLY"));
}

function close(client: Client): void {
  if (client.isOpen) client.destroy();
}

async function withSignal<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  let onAbort = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    work.catch(() => {});
  }
}
