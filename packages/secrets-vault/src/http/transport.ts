import createNodeVault from "node-vault";
import type { Dispatcher } from "undici";
import type { VaultAnswer } from "../auth/vault-answer.ts";
import { AnswerCollector } from "./answer-collector.ts";
import type { Connections } from "./connections.ts";
import { dispatcherFailure } from "./dispatcher-failure.ts";
import { HttpsDemand } from "./https-demand.ts";
import { type IndexDemand, NodeIndex } from "./node-index.ts";
import { readAnswer } from "./read-answer.ts";
import { assertNoLossOfTls, redirectTarget } from "./redirect.ts";
import { answerTooLarge, attemptTimeout, RequestFailure, requestFailure } from "./request-failure.ts";
import { addressText, requestBase } from "./vault-address.ts";

export type HttpMethod = "GET" | "POST" | "PUT" | "DELETE";

/** One request, ready to be sent. */
export interface TransportRequest {
  readonly method: HttpMethod;
  /** The path behind `/v1/`, encoded, with its query. */
  readonly path: string;
  /** Absent or empty: the request goes without. */
  readonly token?: string | undefined;
  /** Absent: the request goes without. */
  readonly body?: Readonly<Record<string, unknown>> | undefined;
  /** Whether it goes without the namespace, as `sys/health` has to. @default false */
  readonly outsideNamespace?: boolean;
  /** Whether only the node that leads may answer: the answer decides about a change. @default false */
  readonly fromLeader?: boolean;
  /** Whether it goes to the namespace of the login. @default false: to that of the secrets */
  readonly inAuthNamespace?: boolean;
}

/** How long one attempt may last. */
export interface AttemptLimits {
  /** Ends the attempt. Read late or never, since making a signal costs as much as a short request's other work. */
  readonly signal: AbortSignal;
  /** When the caller stops waiting, in milliseconds as `Date.now()` has them. */
  readonly deadline: number;
  /** Whether the answer keeps its text, in which numbers are not rounded. @default false */
  readonly exactNumbers?: boolean | undefined;
}

/** What node-vault hands to what stands behind its `request-promise` hook, and what we put beside it. */
interface NodeVaultRequest {
  readonly method: HttpMethod;
  readonly uri: string;
  readonly headers: Record<string, string | string[]>;
  readonly demand?: IndexDemand;
  readonly json?: Readonly<Record<string, unknown>>;
  readonly limits: AttemptLimits;
  readonly lingers: boolean;
}

type NodeVaultClient = {
  token: string | undefined;
  namespace: string | undefined;
  pathPrefix: string;
  handleVaultResponse: (answer: VaultAnswer) => VaultAnswer;
  request(options: Record<string, unknown>): Promise<VaultAnswer>;
};

const ATTEMPT_TIMEOUT = 10_000;
/** Most URIs: no dot behind the host, plain or escaped, which could be a step upwards, and nothing that has to be encoded. */
const plainUri = /^https?:\/\/[^/?#]+\/[A-Za-z0-9_~?=&/-]*$/;
/** Most requests are answered by then, and have never asked for a signal. */
const WATCH_AFTER = 20;

/**
 * Sends requests. node-vault builds them, with everything but its own transport: that reads the environment, follows
 * redirects with the token, has no time limit, keeps no connection once TLS is configured, and loses headers. What a
 * status means is decided by the caller.
 */
export class Transport {
  readonly address: string;
  /** The namespace of all requests. Absent: none. */
  readonly namespace: string | undefined;
  readonly #base: string;
  readonly #origin: string;
  readonly #connections: Connections;
  readonly #client: NodeVaultClient;
  readonly #withoutNamespace: NodeVaultClient;
  /** The path of the address, under which a proxy serves Vault. Empty: none. */
  readonly #prefix: string;
  readonly #httpsDemand = new HttpsDemand();
  readonly #index = new NodeIndex();
  readonly #inAuthNamespace: NodeVaultClient;

  constructor(
    address: URL,
    namespace: string | undefined,
    connections: Connections,
    authNamespace: string | undefined = namespace,
  ) {
    this.address = addressText(address);
    this.#base = requestBase(address);
    this.#origin = new URL(this.#base).origin;
    this.#prefix = this.#base.slice(this.#origin.length);
    this.namespace = namespace;
    this.#connections = connections;
    this.#client = this.#createClient(namespace);
    this.#withoutNamespace = this.#createClient(undefined);
    this.#inAuthNamespace = this.#createClient(authNamespace === "root" ? undefined : authNamespace);
  }

  /**
   * Sends a request once, and once more to where a standby points.
   *
   * @param lingers whether a request that has left goes on for half of what is left until the deadline when the signal
   * aborts: ending the connection ends the work of the server, too, in a state that nobody knows
   * @throws RequestFailure when no answer came; the signal's reason when it ended the attempt before the request left, or
   * at any time when it does not linger
   */
  send(request: TransportRequest, limits: AttemptLimits, lingers = false): Promise<VaultAnswer> {
    const { method, path, token, body, outsideNamespace = false, fromLeader = false } = request;
    const headers: Record<string, string | string[]> = {
      "X-Vault-Request": "true",
      "User-Agent": "archestra-secrets-vault",
    };
    if (token !== undefined && token !== "") headers["X-Vault-Token"] = token;
    const demand = outsideNamespace ? undefined : this.#index.demand(fromLeader, method !== "GET");
    if (demand !== undefined) Object.assign(headers, demand.headers);
    const own = request.inAuthNamespace ? this.#inAuthNamespace : this.#client;
    const client = outsideNamespace ? this.#withoutNamespace : own;
    const options: Record<string, unknown> = { method, path: `/${path}`, headers, limits, lingers };
    if (demand !== undefined) options.demand = demand;
    if (body !== undefined) options.json = body;
    return client.request(options);
  }

  /** A change has left, and no answer says what became of it. */
  changeLost(): void {
    this.#index.lost();
  }

  close(): Promise<void> {
    return this.#connections.close();
  }

  /** Nothing is left to node-vault's own defaults, several of which come from the environment. */
  #createClient(namespace: string | undefined): NodeVaultClient {
    const client = createNodeVault({
      endpoint: this.#base,
      apiVersion: "v1",
      debug: () => undefined,
      tv4: { validate: () => true },
      commands: {},
      mustache: {},
      "request-promise": {
        defaults: () => (request: NodeVaultRequest) => this.#exchange(request),
      },
    } as never) as unknown as NodeVaultClient;
    // Set here and not above, where an empty one would let the environment decide.
    client.token = undefined;
    client.namespace = namespace;
    client.pathPrefix = "";
    // Its own judges a status and looks for an error in the body, which the caller does.
    client.handleVaultResponse = (answer) => answer;
    return client;
  }

  async #exchange(request: NodeVaultRequest): Promise<VaultAnswer> {
    const { uri } = request;
    assertEncoded(uri);
    const body = request.json === undefined ? undefined : JSON.stringify(request.json);
    if (this.#httpsDemand.isMade) await this.#assertHttpsNotDemanded(this.#origin, body, request);
    const answer = await this.#attempt(this.#origin, uri.slice(this.#origin.length), body, request);
    const isOrdinary = answer.status < 300 && answer.foreignBody === undefined;
    return isOrdinary ? answer : await this.#followed(answer, new URL(uri), body, request);
  }

  /** What a standby points to, when the answer does that; else the answer. */
  async #followed(
    answer: VaultAnswer,
    url: URL,
    body: string | undefined,
    request: NodeVaultRequest,
  ): Promise<VaultAnswer> {
    this.#httpsDemand.look(answer, url);
    // A socket leads nowhere else.
    if (answer.status !== 307 || this.#base !== this.address) return answer;
    assertNoLossOfTls(answer, url);
    const target = redirectTarget(answer, url);
    if (target === undefined) return answer;
    // Our own path, since the one in the redirect is decoded, or escaped twice.
    const path = url.pathname.slice(this.#prefix.length);
    const next = new URL(`${target}${path}${url.search}`);
    await this.#assertHttpsNotDemanded(next.origin, body, request);
    const nextAnswer = await this.#attempt(next.origin, next.pathname + next.search, body, request);
    this.#httpsDemand.look(nextAnswer, next);
    return nextAnswer;
  }

  /** @throws RequestFailure when the request carries a secret, and the server there asks for https */
  async #assertHttpsNotDemanded(
    origin: string,
    body: string | undefined,
    request: NodeVaultRequest,
  ): Promise<void> {
    if (request.headers["X-Vault-Token"] === undefined && body === undefined) return;
    await this.#httpsDemand.assertNotMade(origin, (at) => this.#askWithoutSecrets(at, request));
  }

  #askWithoutSecrets({ origin, href }: URL, { limits }: NodeVaultRequest): Promise<VaultAnswer> {
    const headers = { "X-Vault-Request": "true" };
    const request = { method: "GET" as const, uri: href, headers, limits, lingers: false };
    return this.#attempt(origin, href.slice(origin.length), undefined, request);
  }

  async #attempt(
    origin: string,
    path: string,
    body: string | undefined,
    request: NodeVaultRequest,
  ): Promise<VaultAnswer> {
    const { method, headers, limits, lingers, demand } = request;
    const collector = new AnswerCollector(() => answerTooLarge(this.address));
    const options: Dispatcher.DispatchOptions = {
      origin,
      path,
      method,
      headers: body === undefined ? headers : { ...headers, "Content-Type": "application/json" },
      body: body ?? null,
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    const stopWatching = watch(collector, limits, lingers, this.address);
    try {
      this.#connections.dispatcherOf(origin).dispatch(options, collector);
      const raw = await collector.answer;
      const answer = readAnswer(raw, limits.exactNumbers);
      this.#connections.answered();
      this.#index.observe(raw.headers["x-vault-index"], demand);
      if (demand !== undefined && isRefusalOfIndex(answer)) this.#index.forget();
      return answer;
    } catch (error) {
      const failure = this.#failure(error, collector, limits);
      // A connection on which no answer came until the caller had enough is as bad as one that broke.
      if (failure instanceof RequestFailure || collector.started) this.#connections.failed();
      throw failure;
    } finally {
      stopWatching();
    }
  }

  #failure(error: unknown, { started }: AnswerCollector, { signal }: AttemptLimits): unknown {
    if (error instanceof RequestFailure) return error;
    if (signal.aborted && error === signal.reason) return error;
    const ofDispatcher = this.#connections.areGiven && dispatcherFailure(error, started, this.address);
    return ofDispatcher || requestFailure(error, started, this.address);
  }
}

/** A path that would be read differently from how it was written leads to another secret. */
function assertEncoded(uri: string): void {
  if (plainUri.test(uri)) return;
  if (new URL(uri).href !== uri) throw new TypeError("The path of a request was not encoded.");
}

function isRefusalOfIndex({ status, errors }: VaultAnswer): boolean {
  return status === 400 && errors.some((text) => text.includes("X-Vault-Index"));
}

/** Ends an attempt when its signal aborts or its time is over. One timer at a time. */
function watch(
  collector: AnswerCollector,
  limits: AttemptLimits,
  lingers: boolean,
  address: string,
): () => void {
  let onAbort: (() => void) | undefined;
  const timeout = () => collector.giveUp(attemptTimeout(collector.started, address));
  let timer = setTimeout(() => {
    const { signal } = limits;
    onAbort = () => {
      if (!lingers || !collector.started) return collector.giveUp(signal.reason);
      clearTimeout(timer);
      timer = setTimeout(timeout, Math.max(0, (limits.deadline - Date.now()) / 2));
    };
    timer = setTimeout(timeout, ATTEMPT_TIMEOUT - WATCH_AFTER);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  }, WATCH_AFTER);
  return () => {
    clearTimeout(timer);
    if (onAbort !== undefined) limits.signal.removeEventListener("abort", onAbort);
  };
}
