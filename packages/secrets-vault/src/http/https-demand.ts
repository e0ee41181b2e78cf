import { SecretsError } from "@archestra/secrets-core/plugin";
import type { VaultAnswer } from "../auth/vault-answer.ts";
import { RequestFailure } from "./request-failure.ts";

/**
 * Remembers that a server at a plain http address asked for https, as an ingress does by a redirect. From then on no
 * token and no credential is sent there, until a request without any is answered otherwise.
 */
export class HttpsDemand {
  /** The URL whose answer asked for https, of each origin: a standby redirects to a leader at another one. */
  readonly #madeAt = new Map<string, URL>();

  /** Whether any server asked for https, and has not accepted http since. */
  get isMade(): boolean {
    return this.#madeAt.size > 0;
  }

  /**
   * Looks at an answer.
   *
   * @throws RequestFailure when it asks for https
   */
  look(answer: VaultAnswer, from: URL): void {
    if (from.protocol !== "http:") return;
    const target = demandedTarget(answer, from);
    if (target === undefined) return;
    this.#madeAt.set(from.origin, from);
    throw httpsRequired(answer, from, target);
  }

  /**
   * Lets a request that carries a secret pass.
   *
   * @param ask sends a request to this URL without any secret
   * @throws RequestFailure when https is still asked for there
   */
  async assertNotMade(origin: string, ask: (url: URL) => Promise<VaultAnswer>): Promise<void> {
    const url = this.#madeAt.get(origin);
    if (url === undefined) return;
    this.look(await ask(url), url);
    this.#madeAt.delete(origin);
  }
}

/** Where the answer sends the request by https. Undefined: it does not ask for https. */
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
  const words = isSameHost
    ? `The server at ${from.origin} does not accept plain HTTP: it asks for https. Set ARCHESTRA_HASHICORP_VAULT_ADDR to an address that begins with https://. No token is sent there again over plain HTTP.`
    : `The server at ${from.origin} redirects to another server by https, which is never followed. Correct ARCHESTRA_HASHICORP_VAULT_ADDR, or let the proxy pass requests on to Vault. No token is sent there again over plain HTTP.`;
  // Vault itself redirects without having done anything; only what is not Vault answers a change by one of these.
  const executed = status === 302 || status === 303 ? "maybe" : "no";
  const reason = isSameHost ? "HTTPS_REQUIRED" : "REDIRECTED";
  return new RequestFailure(executed, false, new SecretsError("INVALID_CONFIGURATION", words, { reason }));
}
