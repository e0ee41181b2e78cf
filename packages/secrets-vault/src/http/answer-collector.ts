import type { Dispatcher } from "undici";
import { olderDispatcher } from "./dispatcher-failure.ts";

/** Longer than every value that Vault can be configured to hold, and than the names in a folder of a million secrets. */
export const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/**
 * Takes one answer from the dispatcher. The lowest interface of undici is used for what it tells and the others do not:
 * whether the request has begun to leave. Before that, giving up means that nothing happened.
 */
export class AnswerCollector implements Dispatcher.DispatchHandler {
  /** Whether the request has been handed to a connection. */
  started = false;
  readonly answer: Promise<RawAnswer>;
  #resolve!: (answer: RawAnswer) => void;
  #reject!: (error: unknown) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #givenUp: Error | undefined;
  #status = 0;
  #headers: RawAnswer["headers"] = {};
  readonly #chunks: Buffer[] = [];
  readonly #onTooLarge: () => Error;
  #bytes = 0;

  /** @param onTooLarge gives the error of an answer that does not end */
  constructor(onTooLarge: () => Error) {
    this.#onTooLarge = onTooLarge;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Ends the request for this reason. One that still waits for a connection leaves the queue when its turn comes. */
  giveUp(reason: Error): void {
    if (this.#givenUp !== undefined) return;
    this.#givenUp = reason;
    this.#reject(reason);
    this.#controller?.abort(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#givenUp === undefined) this.started = true;
    else controller.abort(this.#givenUp);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: RawAnswer["headers"],
  ): void {
    // A dispatcher of the application may not report that the request began to leave.
    this.started = true;
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes <= MAX_ANSWER_BYTES) this.#chunks.push(chunk);
    else {
      this.#chunks.length = 0;
      this.giveUp(this.#onTooLarge());
    }
  }

  onResponseEnd(): void {
    const [first] = this.#chunks;
    const body = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks);
    this.#resolve({ status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#reject(error);
  }

  /** What undici 6 and older call instead of `onRequestStart`, before anything is sent. They cannot give an answer. */
  onConnect(abort: (reason?: Error) => void): void {
    const reason = olderDispatcher();
    this.giveUp(reason);
    abort(reason);
  }

  /** What undici 6 and older call instead of `onResponseError`. */
  onError(error: Error): void {
    this.#reject(error);
  }
}
