import { SecretsError } from "@archestra/secrets-core/plugin";
import type { Dispatcher } from "undici";
import { DISPATCHER_UNSUPPORTED } from "./dispatcher-failure.ts";

/**
 * Sends requests: a dispatcher of undici 7 or newer, such as a `ProxyAgent`. The type has only the used part, so that the
 * application can have another version of undici.
 */
export interface RequestDispatcher {
  /** Sends one request, and reports its answer to the handler as undici 7 does. */
  dispatch(options: never, handler: never): boolean;
}

/**
 * Checks the application's dispatcher. The first request shows whether its version is supported.
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
