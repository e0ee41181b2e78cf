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
  /** The plugin's id: `MY_STORE`. */
  readonly upper: string;
  /** What its variables begin with: the scope of the author and the id, as in `ACME_MY_STORE`. */
  readonly variables: string;
}

/**
 * @param packageName what stands behind a scope and behind `secrets-` names the plugin
 * @throws TypeError for what is no name of a package, or leaves no name for the plugin
 */
export function pluginNames(packageName: string): PluginNames {
  const [, scope, kebab] =
    /^(?:@([a-z0-9][a-z0-9-]*)\/)?(?:secrets-)?([a-z][a-z0-9]*(?:-[a-z0-9]+)*)$/.exec(packageName) ?? [];
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
  const upper = upperCase(kebab);
  const variables = scope === undefined ? upper : `${upperCase(scope)}_${upper}`;
  return { packageName, kebab, camel, pascal, upper, variables };
}

/** A name of a variable cannot begin with a digit, and has no hyphen. */
function upperCase(name: string): string {
  return name
    .replaceAll("-", "_")
    .replace(/^(?=[0-9])/, "_")
    .toUpperCase();
}

/** Puts a plugin's names in the place of those of the template. */
export function renamed(
  text: string,
  { packageName, kebab, camel, pascal, upper, variables }: PluginNames,
): string {
  return text
    .replaceAll("VARIABLE_PREFIX", variables)
    .replaceAll("PACKAGE_NAME", packageName)
    .replaceAll("SAMPLE", upper)
    .replaceAll("Sample", pascal)
    .replace(/sample(?=[A-Z])/g, camel)
    .replaceAll("sample", kebab);
}
