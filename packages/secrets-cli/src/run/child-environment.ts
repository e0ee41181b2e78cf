import type { Environment } from "@archestra/secrets-core";
import type { Plugin } from "@archestra/secrets-core/plugin";
import type { Variables } from "./variable-reader.ts";

/**
 * The environment of the command: that of this program, without the secret settings of plugins, with the variables that were
 * read. A command that needs secrets does not need what all of them are encrypted with.
 */
export function childEnvironment(
  env: Environment,
  settings: ReadonlySet<string>,
  variables: Variables,
): Record<string, string> {
  const own = Object.entries(env).filter(([name, value]) => value !== undefined && !settings.has(name));
  return { ...(Object.fromEntries(own) as Record<string, string>), ...Object.fromEntries(variables) };
}

/** The variables of secret settings, and those of the files that hold them. */
export function secretSettings(plugins: readonly Plugin[]): ReadonlySet<string> {
  const declarations = plugins.flatMap(({ settings }) => Object.values(settings));
  return new Set(
    declarations.flatMap((declaration) =>
      declaration.type === "variable" && declaration.secret === true
        ? [declaration.name, `${declaration.name}_FILE`]
        : [],
    ),
  );
}
