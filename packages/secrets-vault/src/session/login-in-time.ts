import { SecretsError } from "@archestra/secrets-core/plugin";
import type { SendVaultRequest, VaultAuthMethod } from "../auth/vault-auth-method.ts";
import type { VaultLogin } from "../auth/vault-login.ts";
import { abortable } from "./abortable.ts";
import { checkedLogin } from "./checked-login.ts";

/** The timeout of a method between its requests to Vault, such as for reading from a provider of credentials. */
const CREDENTIAL_TIMEOUT = 10_000;

export interface TimelyLogin {
  readonly method: VaultAuthMethod;
  /** Sends a request of the method, which the signal ends. */
  readonly send: (
    request: Parameters<SendVaultRequest>[0],
    signal: AbortSignal,
  ) => ReturnType<SendVaultRequest>;
  /** Ends the login, at the latest after its timeout. */
  readonly signal: AbortSignal;
  /** Receives the token of a login that timed out. */
  readonly dispose: (late: VaultLogin) => void;
}

/**
 * Logs in by a method, whose code is not ours and may never settle. A login that has ended can no longer send requests, and
 * a token that it returns late is disposed of.
 *
 * @throws what the method throws; UNAVAILABLE, reason CREDENTIAL_NOT_GIVEN; INTERNAL, reason PLUGIN_BROKEN; the signal's reason
 */
export async function loginInTime({ method, send, signal, dispose }: TimelyLogin): Promise<VaultLogin> {
  const giveUp = new AbortController();
  const end = AbortSignal.any([signal, giveUp.signal]);
  // It keeps no process alive.
  const awaitCredential = () =>
    setTimeout(() => giveUp.abort(credentialNotGiven()), CREDENTIAL_TIMEOUT).unref();
  let idle = awaitCredential();
  let requests = 0;
  const sendInTime: SendVaultRequest = async (request) => {
    end.throwIfAborted();
    requests++;
    clearTimeout(idle);
    try {
      return await send(request, end);
    } finally {
      if (--requests === 0 && !end.aborted) idle = awaitCredential();
    }
  };
  const login = (async () => checkedLogin(await method.login(sendInTime, { signal: end })))();
  try {
    return await abortable(login, end);
  } catch (error) {
    if (end.aborted) login.then(dispose, () => undefined);
    throw error;
  } finally {
    clearTimeout(idle);
    // Code of the method that continues after the login must not send requests.
    giveUp.abort(new SecretsError("ABORTED", "The login has ended."));
  }
}

function credentialNotGiven(): SecretsError {
  return new SecretsError(
    "UNAVAILABLE",
    `The auth method did not get its credential within ${CREDENTIAL_TIMEOUT / 1_000} seconds: its token function, its credential provider or its file did not answer. Nothing was sent to Vault. The next call tries again. Check the source of the credential, and make it fail in time when it cannot answer.`,
    { reason: "CREDENTIAL_NOT_GIVEN" },
  );
}
