import { coreSettings } from "../../packages/secrets-core/src/registry/resolve-secrets-manager.ts";
import { pluginsOf } from "./plugins-of.ts";

const packages = [
  "@archestra/secrets-db",
  "@archestra/secrets-vault",
  "@archestra/vault-auth-approle",
  "@archestra/vault-auth-aws",
  "@archestra/vault-auth-jwt",
  "@archestra/vault-auth-k8s",
  "@archestra/vault-auth-token",
];
/** Of `archestra-secrets import --from-table`, and of no plugin. */
const READ_BY_PROGRAM = "ARCHESTRA_SOURCE_DATABASE_URL";
let names: Promise<ReadonlySet<string>> | undefined;

/** The names of all variables that core and our plugins read, with those of files. */
export function declaredVariables(): Promise<ReadonlySet<string>> {
  names ??= read();
  return names;
}

async function read(): Promise<ReadonlySet<string>> {
  const plugins = (await Promise.all(packages.map(pluginsOf))).flat();
  const settings = plugins.flatMap((plugin) => Object.values(plugin.settings));
  return new Set([
    READ_BY_PROGRAM,
    ...Object.values(coreSettings).map(({ name }) => name),
    ...settings.flatMap((setting) => {
      if (setting.type === "option") return [];
      if (setting.type === "slot") return [setting.variable];
      return setting.secret ? [setting.name, `${setting.name}_FILE`] : [setting.name];
    }),
  ]);
}
