import { SecretsError } from "@archestra/secrets-core/plugin";
import type { Dispatcher } from "undici";
import { DISPATCHER_UNSUPPORTED } from "./dispatcher-failure.ts";

/**
 * What sends requests: a dispatcher of undici 7 or newer, such as a `ProxyAgent`. The type is the part that is used, so that
 * the application's undici needs not be ours.
 */
export interface RequestDispatcher {
  /** Sends one request, and reports its answer to the handler in the way of undici 7. */
  dispatch(options: never, handler: never): boolean;
}

/**
 * The application's dispatcher as the transport uses it. Whether it is new enough shows at the first request.
 *
 * @throws INVALID_CONFIGURATION when it is not a dispatcher
 */
export function givenDispatcher(given: RequestDispatcher | undefined): Dispatcher | undefined {
  if (given === undefined) return undefined;
  if (typeof (given as Partial<RequestDispatcher> | null)?.dispatch === "function")
    return given as unknown as Dispatcher;
  throw new SecretsError(
    "INVALID_CONFIGURATION",
    "The option `dispatcher` of the Vault plugin has no method `dispatch`, so it is not a dispatcher of undici. Pass one of undici 7 or newer, such as `new ProxyAgent(url)`.",
    { reason: DISPATCHER_UNSUPPORTED },
  );
}
