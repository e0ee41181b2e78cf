import {
  assertExactNumbers,
  backend,
  compareNames,
  definePlugin,
  type Expectation,
  isSecretName,
  type OptionsOf,
  option,
  type Plugin,
  type SecretsBackend,
  SecretsError,
  type SecretsErrorCode,
  type SecretValue,
  secretChanged,
  secretExists,
  secretNotFound,
  variable,
} from "@archestra/secrets-core/plugin";
import { AcmeError, type AcmeServer } from "./acme-server.ts";

const settings = {
  server: option<AcmeServer>({ description: "The client of the server." }),
  token: variable("ACME_TOKEN", { secret: true, required: true, description: "The token to log in with." }),
};

const codes: Readonly<Record<number, SecretsErrorCode>> = {
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  429: "RATE_LIMITED",
  503: "UNAVAILABLE",
};

/** Secrets on an Acme server. */
export const acmePlugin = (options: OptionsOf<typeof settings> = {}): Plugin<SecretsBackend> =>
  definePlugin({
    kind: backend,
    id: "ACME",
    contractVersion: 1,
    options,
    settings,
    create: ({ server }) => {
      if (server === undefined) throw new SecretsError("INVALID_CONFIGURATION", "Pass the option `server`.");
      return acmeBackend(server);
    },
  });

function acmeBackend(server: AcmeServer): SecretsBackend {
  return {
    capabilities: Object.freeze({ versions: true, conditionalWrites: true, list: true }),
    location: "an Acme server",
    async get(name, { exactNumbers }) {
      const row = await server.fetch(name);
      // The server keeps every digit that another program wrote.
      if (exactNumbers && row !== undefined) assertExactNumbers(row.text);
      return row && { name, version: String(row.version), value: parse(row.text) };
    },
    async write(name, value, { expect }, { signal }) {
      const match = expect === "present" ? await currentVersion(server, name) : matchOf(expect);
      signal.throwIfAborted();
      try {
        return { name, version: String(await server.put(name, JSON.stringify(value), match)) };
      } catch (error) {
        throw unmet(error, expect);
      }
    },
    async delete(name, { expect }, { signal }) {
      signal.throwIfAborted();
      try {
        return await server.remove(name, matchOf(expect));
      } catch (error) {
        throw unmet(error, expect);
      }
    },
    async *list({ prefix, after, limit }) {
      const names = await server.names();
      const wanted = names.filter(
        ([name]) => name.startsWith(prefix) && (after === undefined || compareNames(name, after) > 0),
      );
      wanted.sort(([left], [right]) => compareNames(left, right));
      for (const [name, version] of wanted.slice(0, limit)) yield { name, version: String(version) };
    },
    async check({ count }) {
      const names = (await server.names()).map(([name]) => name);
      const listed = names.filter(isSecretName).length;
      const counts = { count: listed, unlistedCount: names.length - listed };
      return { status: "healthy", problems: [], ...(count ? counts : {}) };
    },
    close: async () => {},
    classify: (error) => (error instanceof AcmeError ? codes[error.status] : undefined),
  };
}

async function currentVersion(server: AcmeServer, name: string): Promise<number> {
  const row = await server.fetch(name);
  if (row === undefined) throw secretNotFound();
  return row.version;
}

/** A version from another source matches nothing. */
function matchOf(expect: Expectation): number | undefined {
  if (typeof expect === "object") return /^[1-9]\d*$/.test(expect.version) ? Number(expect.version) : -1;
  return expect === "absent" ? 0 : undefined;
}

function unmet(error: unknown, expect: Expectation): unknown {
  if (!(error instanceof AcmeError)) return error;
  if (error.status === 404) return secretNotFound();
  if (error.status === 412) return expect === "absent" ? secretExists() : secretChanged();
  return error;
}

function parse(text: string): SecretValue {
  try {
    return JSON.parse(text);
  } catch {
    throw new SecretsError("INVALID_VALUE", "The server holds a text that is not JSON.");
  }
}
