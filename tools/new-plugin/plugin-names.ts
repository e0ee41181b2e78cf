/** The forms that the name of a plugin takes in its package. */
export interface PluginNames {
  /** The package, such as `@acme/secrets-my-store`. */
  readonly packageName: string;
  /** Files: `my-store`. */
  readonly kebab: string;
  /** Functions and constants: `myStore`. */
  readonly camel: string;
  /** Classes and types: `MyStore`. */
  readonly pascal: string;
  /** The plugin's id, and what its variables begin with: `MY_STORE`. */
  readonly upper: string;
}

/**
 * @param packageName what stands behind a scope and behind `secrets-` names the plugin
 * @throws TypeError for what is no name of a package, or leaves no name for the plugin
 */
export function pluginNames(packageName: string): PluginNames {
  const kebab = /^(?:@[a-z0-9][a-z0-9-]*\/)?(?:secrets-)?([a-z][a-z0-9]*(?:-[a-z0-9]+)*)$/.exec(
    packageName,
  )?.[1];
  if (kebab === undefined) {
    throw new TypeError(
      `${JSON.stringify(packageName)} is no name for a package: lower-case letters, digits and single hyphens, such as secrets-my-store.`,
    );
  }
  const pascal = kebab
    .split("-")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
  const camel = pascal.charAt(0).toLowerCase() + pascal.slice(1);
  return { packageName, kebab, camel, pascal, upper: kebab.replaceAll("-", "_").toUpperCase() };
}

/** Puts a plugin's names in the place of those of the template. */
export function renamed(text: string, { packageName, kebab, camel, pascal, upper }: PluginNames): string {
  return text
    .replaceAll("PACKAGE_NAME", packageName)
    .replaceAll("SAMPLE", upper)
    .replaceAll("Sample", pascal)
    .replace(/sample(?=[A-Z])/g, camel)
    .replaceAll("sample", kebab);
}
