import { SecretsError } from "@archestra/secrets-core/plugin";
import type { SendVaultRequest, VaultAuthMethod } from "../auth/vault-auth-method.ts";
import type { VaultLogin } from "../auth/vault-login.ts";
import { abortable } from "../client/abortable.ts";

/** How long one login may take, with the waits of its method. */
export const LOGIN_TIMEOUT = 20_000;
/** How long a method may take for its own part, such as asking a provider of credentials, without a request to Vault. */
const CREDENTIAL_TIMEOUT = 10_000;

/** What a login works with. */
export interface TimelyLogin {
  readonly method: VaultAuthMethod;
  /** Sends a request of the method, which the signal ends. */
  readonly send: (
    request: Parameters<SendVaultRequest>[0],
    signal: AbortSignal,
  ) => ReturnType<SendVaultRequest>;
  /** Ends the login. */
  readonly signal: AbortSignal;
  /** Takes what a login gives that is no longer waited for. */
  readonly dispose: (late: VaultLogin) => void;
}

/**
 * Logs in by a method, whose code is not ours: what it waits for may never come. The login is then given up. It can send
 * nothing any more, and a token that it gives late is disposed of.
 *
 * @throws what the method throws; UNAVAILABLE when it took too long; the signal's reason
 */
export async function loginInTime({ method, send, signal, dispose }: TimelyLogin): Promise<VaultLogin> {
  const giveUp = new AbortController();
  const end = AbortSignal.any([signal, giveUp.signal]);
  const total = timer(LOGIN_TIMEOUT, () => giveUp.abort(loginNotEnded()));
  const awaitCredential = () => timer(CREDENTIAL_TIMEOUT, () => giveUp.abort(credentialNotGiven()));
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
  const login = (async () => method.login(sendInTime, { signal: end }))();
  try {
    return await abortable(login, end);
  } catch (error) {
    if (end.aborted) login.then(dispose, () => undefined);
    throw error;
  } finally {
    clearTimeout(total);
    clearTimeout(idle);
    // Nothing that goes on by itself after the login has ended may send anything.
    giveUp.abort(loginNotEnded());
  }
}

/** One that keeps no process alive. */
function timer(milliseconds: number, run: () => void): NodeJS.Timeout {
  return setTimeout(run, milliseconds).unref();
}

function credentialNotGiven(): SecretsError {
  return new SecretsError(
    "UNAVAILABLE",
    `The auth method did not get its credential within ${CREDENTIAL_TIMEOUT / 1_000} seconds: its token function, its credential provider or its file did not answer. Nothing was sent to Vault. The next call asks again. Check the source of the credential, and let it fail in time when it cannot answer.`,
    { reason: "CREDENTIAL_NOT_GIVEN" },
  );
}

function loginNotEnded(): SecretsError {
  return new SecretsError("UNAVAILABLE", `The login did not end within ${LOGIN_TIMEOUT} ms.`, {
    reason: "NO_ANSWER",
  });
}
