import type { ConfigurationIssue } from "../errors/configuration-error.ts";
import type { Kind } from "./kind.ts";
import { isPlugin, type Plugin } from "./plugin.ts";
import { secretShape } from "./secret-shape.ts";

/** The plugin of an id, or what is wrong with the id. */
export type PluginChoice =
  | { readonly plugin: Plugin; readonly issue?: undefined }
  | { readonly issue: ConfigurationIssue };

/** The plugins that an application installed: exactly those that it passed in, for one start. */
export class PluginRegistry {
  readonly #plugins: readonly Plugin[];

  /** @throws TypeError when there is something else than plugins, or two of one kind and id */
  constructor(plugins: unknown) {
    assertPlugins(plugins);
    this.#plugins = [...plugins];
  }

  /** The plugins of a kind, in the order in which they were passed. */
  ofKind(kind: Kind<unknown>): readonly Plugin[] {
    return this.#plugins.filter((plugin) => plugin.kind.id === kind.id);
  }

  /** The plugin of a kind and id, without regard to case. */
  find(kind: Kind<unknown>, id: string): Plugin | undefined {
    const wanted = id.trim().toUpperCase();
    return this.ofKind(kind).find((plugin) => plugin.id.toUpperCase() === wanted);
  }

  /**
   * The plugin that a variable names, when it is there and written for a contract that the slot's opener understands.
   *
   * @param variable for the message when it is not
   */
  choose(kind: Kind<unknown>, id: string, variable: string): PluginChoice {
    const plugin = this.find(kind, id);
    if (plugin === undefined) return { issue: this.#unknown(kind, id, variable) };
    if (kind.contractVersions.includes(plugin.contractVersion)) return { plugin };
    const understood = kind.contractVersions.join(", ");
    return {
      issue: {
        problem: "incompatible",
        variable,
        plugin: plugin.id,
        expected: `the plugin ${plugin.id} is written for version ${plugin.contractVersion} of the contract of kind ${kind.id}, and only ${understood} is understood here. Install versions of the two packages that go together.`,
      },
    };
  }

  #unknown(kind: Kind<unknown>, id: string, variable: string): ConfigurationIssue {
    const known = this.ofKind(kind).map((plugin) => plugin.id);
    const installed =
      known.length === 0
        ? "None that fits is installed."
        : `Installed: ${known.join(", ")}. Name one of these.`;
    const published = packageOfPlugin(kind.id, id.trim());
    const shape = secretShape(id);
    const received = shape === undefined ? "" : `holds ${shape}, which `;
    // The text itself may be a secret that was meant for another variable: only an id that we publish is repeated.
    const expected =
      published === undefined
        ? `${received}is not the id of an installed plugin. ${installed}`
        : `${id.trim().toUpperCase()} is not installed. ${installed} ${published} brings it: install it, and pass its plugin in \`plugins\`.`;
    return { problem: "unknown", variable, expected };
  }
}

function assertPlugins(plugins: unknown): asserts plugins is readonly Plugin[] {
  if (!Array.isArray(plugins)) {
    throw new TypeError("`plugins` must be an array of plugins, such as [dbPlugin()].");
  }
  const seen = new Set<string>();
  for (const plugin of plugins) {
    if (!isPlugin(plugin)) {
      throw new TypeError(
        "`plugins` holds something that is no plugin. Call the plugin's factory, as in [dbPlugin()].",
      );
    }
    const key = `${plugin.kind.id} ${plugin.id.toUpperCase()}`;
    if (seen.has(key)) {
      throw new TypeError(
        `\`plugins\` holds two plugins of kind ${plugin.kind.id} with the id ${plugin.id}.`,
      );
    }
    seen.add(key);
  }
}

/** The plugins that this family publishes, by kind and id: what to install when one is named and not there. */
const publishedPlugins: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  backend: {
    DB: "@archestra/secrets-db",
    VAULT: "@archestra/secrets-vault",
    MEMORY: "@archestra/secrets-core/memory",
  },
  "vault-auth": {
    TOKEN: "@archestra/vault-auth-token",
    K8S: "@archestra/vault-auth-k8s",
    AWS: "@archestra/vault-auth-aws",
    APPROLE: "@archestra/vault-auth-approle",
    JWT: "@archestra/vault-auth-jwt",
    AGENT: "@archestra/secrets-vault",
  },
};

/** The package that brings a plugin of ours. Undefined: we publish none of this id. */
export function packageOfPlugin(kindId: string, pluginId: string): string | undefined {
  const packages = publishedPlugins[kindId];
  const id = pluginId.toUpperCase();
  return packages !== undefined && Object.hasOwn(packages, id) ? packages[id] : undefined;
}
