import { RequestFailure } from "./request-failure.ts";

/** The code with which an older dispatcher refuses a handler of undici 7. */
const REFUSED_HANDLER = "UND_ERR_INVALID_ARG";

/** The message of undici's `ProxyAgent` when the proxy does not open a tunnel. */
const PROXY_ANSWER = /Proxy response \((\d{3})\)/;

/** The reason of a dispatcher that can never send a request. */
export const DISPATCHER_UNSUPPORTED = "DISPATCHER_UNSUPPORTED";

/** The error of a request that was given to a dispatcher of undici 6 or older, in the form in which such a one refuses it. */
export function olderDispatcher(): Error {
  return Object.assign(new Error("The dispatcher calls a handler of undici 6."), { code: REFUSED_HANDLER });
}

/** Why the application's dispatcher did not take a request, or got no connection. Undefined: another failure. */
export function dispatcherFailure(
  error: unknown,
  started: boolean,
  address: string,
): RequestFailure | undefined {
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  const lasting = (text: string, reason: string) =>
    new RequestFailure("INVALID_CONFIGURATION", text, started, { reason, cause: error });
  if (code === "UND_ERR_CLOSED" || code === "UND_ERR_DESTROYED") {
    const closed =
      "The option `dispatcher` of the Vault plugin is closed, so no request can be sent. Keep it open as long as the manager, and close the manager first.";
    return lasting(closed, "DISPATCHER_CLOSED");
  }
  // Newer ones take the handlers of undici 7, so only an older one refuses them.
  if (code === REFUSED_HANDLER && !started) {
    const older =
      "The option `dispatcher` of the Vault plugin does not take the requests of undici 7. It is from an older version of undici, such as 5 or 6: pass a dispatcher of undici 7 or newer.";
    return lasting(older, DISPATCHER_UNSUPPORTED);
  }
  const status = typeof message === "string" ? Number(PROXY_ANSWER.exec(message)?.[1]) : Number.NaN;
  if (Number.isNaN(status)) return undefined;
  const answered = `The proxy of the option \`dispatcher\` answered HTTP ${status} to the request for a connection to Vault at ${address}`;
  if (status >= 500 || status === 429 || status === 408) {
    const text = `${answered}: it cannot connect to Vault now.`;
    return new RequestFailure("UNAVAILABLE", text, started, { reason: "PROXY_FAILED", cause: error });
  }
  const refusal =
    status === 407
      ? "it requires credentials, or refuses the given ones. Pass them as `token` of the ProxyAgent."
      : "it does not allow this connection. Allow the host and the port there.";
  return lasting(`${answered}: ${refusal}`, "PROXY_REFUSED");
}
