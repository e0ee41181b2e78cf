/** A fault that a request causes on its connection. */
export type RequestFault =
  /** The connection closes, and the server does not receive the request. */
  | { readonly kind: "lose-request" }
  /** The server receives the request, and the connection closes when its answer arrives. */
  | { readonly kind: "lose-answer" }
  /** The client receives half of the answer, and the connection closes. */
  | { readonly kind: "halve-answer" }
  /** The server receives the request, and its answer stays with the proxy. The connection stays open. */
  | { readonly kind: "hang" }
  /** The request stays with the proxy. The connection stays open. */
  | { readonly kind: "silence" }
  /** The proxy answers in place of the server and closes the connection. */
  | { readonly kind: "nonsense"; readonly answer: string }
  /** The request reaches the server later. */
  | { readonly kind: "delay"; readonly milliseconds: number };

/** A fault that is waiting for requests. */
interface ArmedFault {
  readonly fault: RequestFault;
  readonly once: boolean;
  readonly onlyChanges: boolean;
}

/** Recognizes requests in the data of clients. */
export interface RequestRecognition {
  readonly isRequest?: ((data: string) => boolean) | undefined;
  readonly isChange?: ((data: string) => boolean) | undefined;
}

/** The faults that are waiting for requests, in the order in which they were armed. */
export class ArmedFaults {
  readonly #recognition: RequestRecognition;
  readonly #armed = new Set<ArmedFault>();

  constructor(recognition: RequestRecognition) {
    this.#recognition = recognition;
  }

  /** Arms a fault. @returns a function that disarms it */
  arm(fault: RequestFault, once: boolean, onlyChanges: boolean): () => void {
    const armed = { fault, once, onlyChanges };
    this.#armed.add(armed);
    return () => void this.#armed.delete(armed);
  }

  /** Returns the fault that this data of a client causes. Undefined: none. */
  take(data: Buffer): RequestFault | undefined {
    if (this.#armed.size === 0) return undefined;
    const text = data.toString("latin1");
    const isChange = this.#recognition.isChange?.(text) ?? false;
    if (!isChange && !(this.#recognition.isRequest?.(text) ?? true)) return undefined;
    for (const armed of this.#armed) {
      if (armed.onlyChanges && !isChange) continue;
      if (armed.once) this.#armed.delete(armed);
      return armed.fault;
    }
    return undefined;
  }
}
