import createNodeVault from "node-vault";
import type { Dispatcher } from "undici";
import type { VaultAnswer } from "../answers/vault-answer.ts";
import { AnswerCollector } from "./answer-collector.ts";
import type { CallLimits } from "./call-limits.ts";
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
  /** Absent or empty: the request has none. */
  readonly token?: string | undefined;
  /** Absent: the request has none. */
  readonly body?: Readonly<Record<string, unknown>> | undefined;
  /** Whose namespace it is sent to. `none`: to no namespace, as `sys/health` must be. @default secrets */
  readonly namespace?: "secrets" | "login" | "none";
  /** Whether only the leading node may answer, since the answer decides about a change. @default false */
  readonly fromLeader?: boolean;
}

/** The options that node-vault passes to its `request-promise` hook, with those that we added. */
interface NodeVaultRequest {
  readonly method: HttpMethod;
  readonly uri: string;
  readonly headers: Record<string, string | string[]>;
  readonly demand?: IndexDemand;
  readonly json?: Readonly<Record<string, unknown>>;
  readonly limits: CallLimits;
  readonly finishOnAbort: boolean;
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
/** Most requests are answered before, and never read the signal. */
const WATCH_AFTER = 20;

/**
 * Sends requests. node-vault builds them, but does not send them: its own transport reads the environment, follows redirects
 * with the token, has no timeout, keeps no connection once TLS is configured, and loses headers. The caller interprets the
 * status.
 */
export class Transport {
  readonly address: string;
  /** The namespace of all requests. Absent: none. */
  readonly namespace: string | undefined;
  readonly #base: string;
  readonly #origin: string;
  readonly #connections: Connections;
  /** By the namespace that they send requests to. */
  readonly #clients: Readonly<Record<NonNullable<TransportRequest["namespace"]>, NodeVaultClient>>;
  /** The path of the address, under which a proxy serves Vault. Empty: none. */
  readonly #prefix: string;
  readonly #httpsDemand = new HttpsDemand();
  readonly #index = new NodeIndex();

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
    this.#clients = {
      secrets: this.#createClient(namespace),
      login: this.#createClient(authNamespace === "root" ? undefined : authNamespace),
      none: this.#createClient(undefined),
    };
  }

  /**
   * Sends a request once, and once more to the leader when a standby redirects.
   *
   * @param finishOnAbort whether a request that was sent continues for half of the time until the deadline when the signal
   * aborts: closing the connection ends the work of the server, too, in an unknown state
   * @throws RequestFailure when no answer arrived; the signal's reason when it ended the attempt before the request was sent,
   * or at any time without `finishOnAbort`
   */
  send(request: TransportRequest, limits: CallLimits, finishOnAbort = false): Promise<VaultAnswer> {
    const { method, path, token, body, namespace = "secrets", fromLeader = false } = request;
    const headers: Record<string, string | string[]> = {
      "X-Vault-Request": "true",
      "User-Agent": "archestra-secrets-vault",
    };
    if (token !== undefined && token !== "") headers["X-Vault-Token"] = token;
    const demand = namespace === "none" ? undefined : this.#index.demand(fromLeader, method !== "GET");
    if (demand !== undefined) Object.assign(headers, demand.headers);
    const options: Record<string, unknown> = { method, path: `/${path}`, headers, limits, finishOnAbort };
    if (demand !== undefined) options.demand = demand;
    if (body !== undefined) options.json = body;
    return this.#clients[namespace].request(options);
  }

  /** Records a change whose outcome is unknown: later answers must be newer than it. */
  changeLost(): void {
    this.#index.lost();
  }

  close(): Promise<void> {
    return this.#connections.close();
  }

  /** Sets every option of node-vault, since several defaults come from the environment. */
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
    // Set here and not above, where an empty one would be read from the environment.
    client.token = undefined;
    client.namespace = namespace;
    client.pathPrefix = "";
    // The default fails for a status or an error in the body, which the caller handles.
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

  /** Follows the answer of a standby to its leader. Returns any other answer. */
  async #followed(
    answer: VaultAnswer,
    url: URL,
    body: string | undefined,
    request: NodeVaultRequest,
  ): Promise<VaultAnswer> {
    this.#httpsDemand.assertAccepted(answer, url);
    // A socket has no other host.
    if (answer.status !== 307 || this.#base !== this.address) return answer;
    assertNoLossOfTls(answer, url);
    const target = redirectTarget(answer, url);
    if (target === undefined) return answer;
    // Our own path, since the one in the redirect is decoded, or escaped twice.
    const path = url.pathname.slice(this.#prefix.length);
    const next = new URL(`${target}${path}${url.search}`);
    await this.#assertHttpsNotDemanded(next.origin, body, request);
    const leader = `${next.origin}, the active node to which ${this.address} redirects,`;
    const nextPath = next.pathname + next.search;
    const nextAnswer = await this.#attempt(next.origin, nextPath, body, request, leader);
    this.#httpsDemand.assertAccepted(nextAnswer, next);
    return nextAnswer;
  }

  /** @throws RequestFailure when the request carries a secret, and the server demands https */
  async #assertHttpsNotDemanded(
    origin: string,
    body: string | undefined,
    request: NodeVaultRequest,
  ): Promise<void> {
    if (request.headers["X-Vault-Token"] === undefined && body === undefined) return;
    await this.#httpsDemand.assertNotMade(origin, (at) => this.#sendWithoutSecrets(at, request));
  }

  #sendWithoutSecrets({ origin, href }: URL, { limits }: NodeVaultRequest): Promise<VaultAnswer> {
    const headers = { "X-Vault-Request": "true" };
    const request = { method: "GET" as const, uri: href, headers, limits, finishOnAbort: false };
    return this.#attempt(origin, href.slice(origin.length), undefined, request);
  }

  /** @param address where the request goes, for messages */
  async #attempt(
    origin: string,
    path: string,
    body: string | undefined,
    request: NodeVaultRequest,
    address = this.address,
  ): Promise<VaultAnswer> {
    const { method, headers, limits, finishOnAbort, demand } = request;
    const collector = new AnswerCollector(() => answerTooLarge(address));
    const options: Dispatcher.DispatchOptions = {
      origin,
      path,
      method,
      headers: body === undefined ? headers : { ...headers, "Content-Type": "application/json" },
      body: body ?? null,
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    const stopWatching = watch(collector, limits, finishOnAbort, address);
    try {
      this.#connections.dispatcherOf(origin).dispatch(options, collector);
      const raw = await collector.answer;
      const answer = readAnswer(raw, limits.exactNumbers);
      this.#connections.answered();
      this.#index.observe(raw.headers["x-vault-index"], demand);
      if (demand !== undefined && isRefusalOfIndex(answer)) this.#index.forget();
      return answer;
    } catch (error) {
      const failure = this.#failure(error, collector, limits, address);
      // A connection without an answer until the caller gave up counts as broken.
      if (failure instanceof RequestFailure || collector.started) this.#connections.failed();
      throw failure;
    } finally {
      stopWatching();
    }
  }

  #failure(error: unknown, { started }: AnswerCollector, { signal }: CallLimits, address: string): unknown {
    if (error instanceof RequestFailure) return error;
    if (signal.aborted && error === signal.reason) return error;
    const ofDispatcher = this.#connections.areGiven && dispatcherFailure(error, started, address);
    return ofDispatcher || requestFailure(error, started, address);
  }
}

/** A path that a parser of URLs changes would address another secret. */
function assertEncoded(uri: string): void {
  if (plainUri.test(uri)) return;
  if (new URL(uri).href !== uri) throw new TypeError("The path of a request was not encoded.");
}

function isRefusalOfIndex({ status, errors }: VaultAnswer): boolean {
  return status === 400 && errors.some((text) => text.includes("X-Vault-Index"));
}

/** Ends an attempt when its signal aborts or it times out. Uses one timer at a time. */
function watch(
  collector: AnswerCollector,
  limits: CallLimits,
  finishOnAbort: boolean,
  address: string,
): () => void {
  let onAbort: (() => void) | undefined;
  const timeout = () => collector.abort(attemptTimeout(collector.started, address));
  let timer = setTimeout(() => {
    const { signal } = limits;
    onAbort = () => {
      if (!finishOnAbort || !collector.started) return collector.abort(signal.reason);
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
