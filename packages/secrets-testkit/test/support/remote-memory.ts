import { type MemoryStore, memoryPlugin } from "@archestra/secrets-core/memory";
import {
  type CallContext,
  type ListRange,
  type SecretRevision,
  type SecretsBackend,
  SecretsError,
  type SecretsErrorCode,
  type StoredInfo,
} from "@archestra/secrets-core/plugin";
import type { Fault } from "../../src/index.ts";

/** What goes wrong with the next request of every client, or with all of them: a hanging answer only with a change. */
export interface FaultSwitch {
  fault?: Fault | undefined;
  isLasting?: boolean;
}

/** A refusal as a client library would throw it. */
class RequestError extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`The server answered ${status}.`);
    this.status = status;
  }
}

/** What the client says of an answer that is none of the server's. */
export const NONSENSE = 200;

/** What the client says of a connection that was lost. */
export const LOST_CONNECTION = 0;

const statuses: Partial<Record<Fault, number>> = {
  unauthenticated: 401,
  "permission-denied": 403,
  "rate-limited": 429,
  unavailable: 503,
  nonsense: NONSENSE,
};

const codes: Readonly<Record<number, SecretsErrorCode>> = {
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  429: "RATE_LIMITED",
  503: "UNAVAILABLE",
  [NONSENSE]: "UNAVAILABLE",
  [LOST_CONNECTION]: "UNAVAILABLE",
};

/** The memory backend as if it stood behind a network: every call is one request, which can go wrong. */
export class RemoteMemory implements SecretsBackend {
  readonly capabilities;
  readonly location = "a server";
  readonly #inner: SecretsBackend;
  readonly #next: FaultSwitch;

  readonly #place: string;
  readonly #disconnect: () => void;

  /**
   * @param place what distinguishes the store from others of the server
   * @param disconnect is called when it closes
   */
  constructor(inner: SecretsBackend, next: FaultSwitch, place: string, disconnect: () => void = () => {}) {
    this.#place = place;
    this.#disconnect = disconnect;
    this.#inner = inner;
    this.#next = next;
    this.capabilities = inner.capabilities;
  }

  get: SecretsBackend["get"] = (name, context) => this.#read(context, () => this.#inner.get(name, context));

  write: SecretsBackend["write"] = (name, value, options, context) =>
    this.#change(context, () => this.#inner.write(name, value, options, context));

  delete: SecretsBackend["delete"] = (name, options, context) =>
    this.#change(context, () => this.#inner.delete(name, options, context));

  history(name: string, context: CallContext): Promise<readonly SecretRevision[]> {
    return this.#read(context, async () => (await this.#inner.history?.(name, context)) ?? []);
  }

  async *list(range: ListRange, context: CallContext): AsyncGenerator<StoredInfo> {
    await this.#read(context, async () => {});
    yield* this.#inner.list(range, context);
  }

  check: SecretsBackend["check"] = (options, context) =>
    this.#read(context, () => this.#inner.check(options, context));

  close(): Promise<void> {
    this.#disconnect();
    return this.#inner.close();
  }

  path(name: string): string {
    return `${this.#place}/${name}`;
  }

  classify(error: unknown): SecretsErrorCode | undefined {
    return error instanceof RequestError ? codes[error.status] : undefined;
  }

  async #read<Result>(context: CallContext, request: () => Promise<Result>): Promise<Result> {
    const fault = this.#next.fault === "hanging-answer" ? undefined : this.#takeFault();
    if (fault === "timeout") return aborted(context.signal);
    if (fault === "lost-answer" || fault === "lost-request") throw new RequestError(LOST_CONNECTION);
    return request();
  }

  async #change<Result>(context: CallContext, request: () => Promise<Result>): Promise<Result> {
    context.signal.throwIfAborted();
    const isNonsense = this.#next.fault === "nonsense";
    try {
      const fault = this.#takeFault();
      if (fault === "timeout") return await aborted(context.signal).catch(lost);
      if (fault === "lost-request") return lost();
      if (fault !== "hanging-answer" && fault !== "lost-answer") return await request();
      // A refusal is an answer too.
      await request().catch(() => undefined);
      return fault === "lost-answer" ? lost() : await aborted(context.signal).catch(lost);
    } catch (error) {
      throw isNonsense ? unknownOutcome(error) : error;
    }
  }

  #takeFault(): Fault | undefined {
    const { fault, isLasting } = this.#next;
    if (isLasting !== true) this.#next.fault = undefined;
    const status = fault === undefined ? undefined : statuses[fault];
    if (status !== undefined) throw new RequestError(status);
    return fault;
  }
}

/** The status of an error of the client. Undefined: it is another error. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof RequestError ? error.status : undefined;
}

/** The memory backend itself, on a store. */
export async function openMemory(store: MemoryStore): Promise<SecretsBackend> {
  const { signal } = new AbortController();
  const logger = { warn: () => {} };
  return memoryPlugin().create({ store } as never, { logger, strict: false, signal, purpose: "secrets" });
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const give = () => reject(signal.reason);
    if (signal.aborted) give();
    else signal.addEventListener("abort", give, { once: true });
  });
}

function lost(): never {
  throw unknownOutcome();
}

function unknownOutcome(cause?: unknown): SecretsError {
  return new SecretsError("OUTCOME_UNKNOWN", "The answer was lost.", { cause });
}
