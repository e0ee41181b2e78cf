import type { Dispatcher } from "undici";
import { olderDispatcher } from "./dispatcher-failure.ts";

/** More than any value that Vault can be configured to store, and than the names in a folder of a million secrets. */
export const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** An answer as received. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/**
 * Collects one answer of the dispatcher. Only the lowest interface of undici reports whether a connection began to send the
 * request. Before that, nothing can have happened.
 */
export class AnswerCollector implements Dispatcher.DispatchHandler {
  /** Whether a connection has the request. */
  started = false;
  readonly #outcome = Promise.withResolvers<RawAnswer>();
  readonly answer = this.#outcome.promise;
  #controller: Dispatcher.DispatchController | undefined;
  #abortReason: Error | undefined;
  #status = 0;
  #headers: RawAnswer["headers"] = {};
  readonly #chunks: Buffer[] = [];
  readonly #onTooLarge: () => Error;
  #bytes = 0;

  /** @param onTooLarge creates the error of an answer that does not end */
  constructor(onTooLarge: () => Error) {
    this.#onTooLarge = onTooLarge;
  }

  /** Aborts the request for this reason. One that waits for a connection leaves the queue in its turn. */
  abort(reason: Error): void {
    if (this.#abortReason !== undefined) return;
    this.#abortReason = reason;
    this.#outcome.reject(reason);
    this.#controller?.abort(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#abortReason === undefined) this.started = true;
    else controller.abort(this.#abortReason);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: RawAnswer["headers"],
  ): void {
    // A dispatcher of the application may not report the start of the request.
    this.started = true;
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes <= MAX_ANSWER_BYTES) this.#chunks.push(chunk);
    else {
      this.#chunks.length = 0;
      this.abort(this.#onTooLarge());
    }
  }

  onResponseEnd(): void {
    const [first] = this.#chunks;
    const body = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks);
    this.#outcome.resolve({ status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#outcome.reject(error);
  }

  /** undici 6 and older call this instead of `onRequestStart`, before anything is sent. They cannot return an answer. */
  onConnect(abort: (reason?: Error) => void): void {
    const reason = olderDispatcher();
    this.abort(reason);
    abort(reason);
  }

  /** undici 6 and older call this instead of `onResponseError`. */
  onError(error: Error): void {
    this.#outcome.reject(error);
  }
}
