import { createSecretsManager, type Environment } from "@archestra/secrets-core";
import {
  backend,
  definePlugin,
  type Plugin,
  type SecretsBackend,
  slot,
} from "@archestra/secrets-core/plugin";
import type { VaultAuthMethod, VaultLogin } from "@archestra/secrets-vault/auth";
import { fail } from "../expectation/expectation.ts";

const ROOT = "CONFORMANCE_ROOT";

/**
 * Opens an authentication method as the Vault manager does, in a slot of a plugin of ours.
 *
 * @throws what the settings are refused with
 */
export async function openMethod(
  plugins: readonly [Plugin<VaultAuthMethod>, ...(readonly Plugin[])],
  env: Environment,
): Promise<VaultAuthMethod> {
  const [plugin] = plugins;
  let method: VaultAuthMethod | undefined;
  const root = definePlugin({
    kind: backend,
    id: ROOT,
    contractVersion: 1,
    settings: { auth: slot(plugin.kind, { variable: "CONFORMANCE_AUTH", default: plugin.id }) },
    create: ({ auth }) => {
      method = auth;
      return emptyBackend();
    },
  });
  const manager = await createSecretsManager({ plugins: [root, ...plugins], env, manager: ROOT });
  await manager.close();
  return method ?? fail(`the plugin ${plugin.id} to make a method`, "it made none");
}

/** The same plugin, with every login that its method is asked for noted. */
export function recordLogins(original: Plugin<VaultAuthMethod>): {
  readonly plugin: Plugin<VaultAuthMethod>;
  readonly logins: readonly VaultLogin[];
} {
  const logins: VaultLogin[] = [];
  const create: Plugin<VaultAuthMethod>["create"] = async (settings, context) => {
    const method = await original.create(settings, context);
    return {
      async login(send, limits) {
        const login = await method.login(send, limits);
        logins.push(login);
        return login;
      },
    };
  };
  // Inherits from the descriptor, which keeps its options where only core finds them.
  const plugin: Plugin<VaultAuthMethod> = Object.create(original, {
    create: { value: create, enumerable: true },
  });
  return { plugin: Object.freeze(plugin), logins };
}

function emptyBackend(): SecretsBackend {
  const refuse = () => Promise.reject(new TypeError("There is no store."));
  return {
    capabilities: { versions: false, conditionalWrites: false, list: false },
    get: refuse,
    write: refuse,
    delete: refuse,
    // biome-ignore lint/correctness/useYield: it has nothing to give
    async *list() {
      throw new TypeError("There is no store.");
    },
    check: refuse,
    close: () => Promise.resolve(),
  };
}
