import { type SecretsBackend, SecretsError } from "@archestra/secrets-core/plugin";
import { changed } from "./changed-backend.ts";

/** How the client reads its token. */
export interface Login {
  token: () => Promise<string>;
}

/** A backend whose server demands a token with every request. */
export function authenticated(
  inner: SecretsBackend,
  login: Login,
  isValid: (token: string) => boolean,
): SecretsBackend {
  const authenticate = async () => {
    if (!isValid(await login.token()))
      throw new SecretsError("UNAUTHENTICATED", "The server refuses the token.");
  };
  return changed(inner, {
    async get(name, context) {
      await authenticate();
      return inner.get(name, context);
    },
    async write(name, value, options, context) {
      await authenticate();
      return inner.write(name, value, options, context);
    },
    async delete(name, options, context) {
      await authenticate();
      return inner.delete(name, options, context);
    },
    async *list(range, context) {
      await authenticate();
      yield* inner.list(range, context);
    },
    async check(options, context) {
      await authenticate();
      return inner.check(options, context);
    },
  });
}
