import type { ConfigurationIssue } from "../errors/configuration-error.ts";
import type { Kind } from "./kind.ts";
import { isPlugin, type Plugin } from "./plugin.ts";
import { secretShape } from "./secret-shape.ts";

/** The plugin of an id, or the problem of the id. */
export type PluginChoice =
  | { readonly plugin: Plugin; readonly issue?: undefined }
  | { readonly issue: ConfigurationIssue };

/** The plugins that an application passes to one start. */
export class PluginRegistry {
  readonly #plugins: readonly Plugin[];

  /** @throws TypeError when an element is not a plugin, or when two have the same kind and id */
  constructor(plugins: unknown) {
    assertPlugins(plugins);
    this.#plugins = [...plugins];
  }

  /** Returns the plugins of a kind, in the order of the array. */
  ofKind(kind: Kind<unknown>): readonly Plugin[] {
    return this.#plugins.filter((plugin) => plugin.kind.id === kind.id);
  }

  /** Returns the plugin of a kind and an id, which is case-insensitive. */
  find(kind: Kind<unknown>, id: string): Plugin | undefined {
    const wanted = id.trim().toUpperCase();
    return this.ofKind(kind).find((plugin) => plugin.id.toUpperCase() === wanted);
  }

  /**
   * Selects the plugin that a variable names. It must be installed and implement a supported version of the contract.
   *
   * @param setting the variable or the option that names it, for an issue
   */
  choose(
    kind: Kind<unknown>,
    id: string,
    setting: Pick<ConfigurationIssue, "variable" | "option">,
  ): PluginChoice {
    const plugin = this.find(kind, id);
    if (plugin === undefined) {
      return { issue: { problem: "unknown", ...setting, expected: this.#expected(kind, id) } };
    }
    if (kind.contractVersions.includes(plugin.contractVersion)) return { plugin };
    const supported = kind.contractVersions.join(", ");
    return {
      issue: {
        problem: "incompatible",
        ...setting,
        plugin: plugin.id,
        expected: `the plugin ${plugin.id} implements version ${plugin.contractVersion} of the contract of kind ${kind.id}, which is not supported (supported: ${supported}). Install compatible versions of the two packages.`,
      },
    };
  }

  /** The message for an id of no installed plugin. */
  #expected(kind: Kind<unknown>, id: string): string {
    const known = this.ofKind(kind).map((plugin) => plugin.id);
    const installed =
      known.length === 0
        ? "No plugin of this kind is installed."
        : `Installed: ${known.join(", ")}. Name one of these.`;
    const published = packageOfPlugin(kind.id, id.trim());
    const shape = secretShape(id);
    const received = shape === undefined ? "" : `contains ${shape}, which `;
    // The text may be a secret intended for another variable: only the id of a published plugin is quoted.
    return published === undefined
      ? `${received}is not the id of an installed plugin. ${installed}`
      : `${id.trim().toUpperCase()} is not installed. ${installed} Otherwise install ${published} and pass its plugin in \`plugins\`.`;
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
        "`plugins` contains an element that is not a plugin. Call the plugin's factory, as in [dbPlugin()].",
      );
    }
    const key = `${plugin.kind.id} ${plugin.id.toUpperCase()}`;
    if (seen.has(key)) {
      throw new TypeError(
        `\`plugins\` contains two plugins of kind ${plugin.kind.id} with the id ${plugin.id}.`,
      );
    }
    seen.add(key);
  }
}

/** The packages of published plugins, by kind and id. */
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

/** Returns the package of a published plugin. */
export function packageOfPlugin(kindId: string, pluginId: string): string | undefined {
  const packages = publishedPlugins[kindId];
  const id = pluginId.toUpperCase();
  return packages !== undefined && Object.hasOwn(packages, id) ? packages[id] : undefined;
}
