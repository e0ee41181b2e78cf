import type { VaultAnswer } from "../answers/vault-answer.ts";
import { RequestFailure } from "./request-failure.ts";

/**
 * Records that a server at a plain http address demanded https, as an ingress does by a redirect. From then on no
 * token and no credential is sent there, until a request without any is answered otherwise.
 */
export class HttpsDemand {
  /** The URL whose answer demanded https, for each origin: a standby redirects to a leader at another one. */
  readonly #madeAt = new Map<string, URL>();

  /** Whether any server demanded https, and has not accepted http since. */
  get isMade(): boolean {
    return this.#madeAt.size > 0;
  }

  /**
   * Records an answer that demands https.
   *
   * @throws RequestFailure when it does
   */
  assertAccepted(answer: VaultAnswer, from: URL): void {
    if (from.protocol !== "http:") return;
    const target = demandedTarget(answer, from);
    if (target === undefined) return;
    this.#madeAt.set(from.origin, from);
    throw httpsRequired(answer, from, target);
  }

  /**
   * Lets a request that carries a secret pass.
   *
   * @param send sends a request to this URL without any secret
   * @throws RequestFailure when the server still demands https
   */
  async assertNotMade(origin: string, send: (url: URL) => Promise<VaultAnswer>): Promise<void> {
    const url = this.#madeAt.get(origin);
    if (url === undefined) return;
    this.assertAccepted(await send(url), url);
    this.#madeAt.delete(origin);
  }
}

/** The https URL to which the answer sends the request. Undefined: it does not demand https. */
function demandedTarget({ status, headers: { location }, foreignBody }: VaultAnswer, from: URL) {
  if (foreignBody === "https wanted") return from;
  if (status < 300 || status > 399 || location === undefined) return undefined;
  const target = URL.parse(location, from.href);
  if (target?.protocol !== "https:") return undefined;
  // A standby sends to its leader, another host, by 307.
  return target.hostname === from.hostname || status !== 307 ? target : undefined;
}

function httpsRequired({ status }: VaultAnswer, from: URL, target: URL): RequestFailure {
  const isSameHost = target.hostname === from.hostname;
  const message = isSameHost
    ? `The server at ${from.origin} does not accept plain HTTP: it demands https. Set ARCHESTRA_HASHICORP_VAULT_ADDR to an address that begins with https://. No token is sent there again over plain HTTP.`
    : `The server at ${from.origin} redirects to another server by https, which is never followed. Correct ARCHESTRA_HASHICORP_VAULT_ADDR, or let the proxy pass requests on to Vault. No token is sent there again over plain HTTP.`;
  // Vault itself redirects before it carries out anything. Only other servers answer a change by one of these.
  const mayHaveExecuted = status === 302 || status === 303;
  const reason = isSameHost ? "HTTPS_REQUIRED" : "REDIRECTED";
  return new RequestFailure("INVALID_CONFIGURATION", message, mayHaveExecuted, { reason });
}
