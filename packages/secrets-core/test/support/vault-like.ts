import { type Environment, resolveSecretsManager } from "../../src/index.ts";
import {
  backend,
  booleanSetting,
  defineKind,
  definePlugin,
  type OptionsOf,
  type Plugin,
  type SecretsBackend,
  slot,
  variable,
} from "../../src/plugin.ts";
import { fakeBackend, streamOf } from "./fake-backend.ts";

/*
 * Plugins that are declared as the published ones are: a manager with a licence, an address and a slot for how to log in,
 * and the database that takes over for it. What they open is of no interest here.
 */

/** What the methods to log in make. */
export interface LoginMethod {
  readonly credential: string;
}

export const loginMethod = defineKind<LoginMethod>("vault-auth");

const tokenSettings = {
  token: variable("STORE_TOKEN", { secret: true, required: true, description: "The token." }),
};

export const tokenPlugin = (options: OptionsOf<typeof tokenSettings> = {}): Plugin<LoginMethod> =>
  definePlugin({
    kind: loginMethod,
    id: "TOKEN",
    contractVersion: 1,
    options,
    settings: tokenSettings,
    create: ({ token }) => ({ credential: token }),
  });

const vaultSettings = {
  licensed: variable("STORE_LICENSED", {
    schema: booleanSetting,
    required: true,
    countsAsMissing: (value) => !value,
    description: "Whether a licence is there.",
  }),
  address: variable("STORE_ADDRESS", { required: true, description: "Where the server is." }),
  version: variable("STORE_VERSION", { schema: oneOrTwo(), default: "2", description: "Which version." }),
  auth: slot(loginMethod, { variable: "STORE_AUTH", default: "TOKEN" }),
};

export const vaultPlugin = (
  options: OptionsOf<typeof vaultSettings> = {},
  create: () => SecretsBackend = fakeBackend,
): Plugin<SecretsBackend> =>
  definePlugin({
    kind: backend,
    id: "VAULT",
    contractVersion: 1,
    fallback: "DB",
    options,
    settings: vaultSettings,
    create: () => create(),
  });

const dbSettings = {
  key: variable("DB_KEY", { secret: true, required: true, description: "The key." }),
};

export const dbPlugin = (
  product: SecretsBackend | (() => SecretsBackend) = fakeBackend(),
): Plugin<SecretsBackend> =>
  definePlugin({
    kind: backend,
    id: "DB",
    contractVersion: 1,
    settings: dbSettings,
    create: () => (typeof product === "function" ? product() : product),
  });

/** A database with one secret in it. */
export const filledDatabase = (): SecretsBackend =>
  fakeBackend({ location: "the database of the test", list: () => streamOf([{ name: "a", version: "1" }]) });

/** Everything that VAULT and DB need. */
export const completeEnvironment: Environment = {
  ARCHESTRA_SECRETS_MANAGER: "VAULT",
  STORE_LICENSED: "true",
  STORE_ADDRESS: "https://store.example",
  STORE_TOKEN: "a token",
  DB_KEY: "a key",
};

export const allPlugins = (): Plugin[] => [vaultPlugin(), tokenPlugin(), dbPlugin()];

/** What is chosen with some variables changed. */
export function resolve(changes: Environment, plugins: readonly Plugin[] = allPlugins(), options = {}) {
  return resolveSecretsManager(plugins, { ...completeEnvironment, ...changes }, options);
}

/** A schema of another library, which quotes what it refuses. */
function oneOrTwo() {
  return {
    "~standard": {
      version: 1 as const,
      vendor: "test",
      validate: (input: unknown) =>
        input === "1" || input === "2"
          ? { value: Number(input) as 1 | 2 }
          : { issues: [{ message: `expected 1 or 2, received ${String(input)}` }] },
    },
  };
}
