import { coreSettings, type Plugin, type Setting } from "@archestra/secrets-core/plugin";

/** A variable as plugins declare it. */
export interface DeclaredVariable {
  readonly name: string;
  /** Empty: every application reads it. */
  readonly plugins: readonly string[];
  readonly required: boolean;
  readonly requiredUnless?: string;
  readonly default?: string;
  readonly secret: boolean;
  readonly fileVariable?: string;
  /** The ids of the plugins that it chooses from. Absent: it is not such a choice. */
  readonly values?: readonly string[];
  readonly description: string;
}

/** The variables of core and of all plugins, each once, in the order of their declarations. */
export function declaredVariables(plugins: readonly Plugin[]): DeclaredVariable[] {
  const variables = new Map<string, DeclaredVariable>();
  const add = (declared: DeclaredVariable) => {
    const known = variables.get(declared.name);
    variables.set(declared.name, {
      ...(known ?? declared),
      plugins: [...(known?.plugins ?? []), ...declared.plugins],
    });
  };
  for (const setting of Object.values(coreSettings)) {
    const values = setting === coreSettings.manager ? { values: idsOfKind("backend", plugins) } : {};
    for (const declared of variableOf(setting, [], plugins)) add({ ...declared, ...values });
  }
  for (const plugin of plugins) {
    for (const setting of Object.values(plugin.settings)) {
      for (const declared of variableOf(setting, [plugin.id], plugins)) add(declared);
    }
  }
  return [...variables.values()];
}

/** None for an option that is given in code alone. */
function variableOf(
  setting: Setting,
  readBy: readonly string[],
  plugins: readonly Plugin[],
): DeclaredVariable[] {
  if (setting.type === "option") return [];
  if (setting.type === "slot") {
    const { variable: name, default: byDefault, kind } = setting;
    const description = setting.description ?? "Selects a plugin.";
    const values = idsOfKind(kind.id, plugins);
    return [
      { name, plugins: readBy, required: false, default: byDefault, secret: false, values, description },
    ];
  }
  const { name, description, required = false, requiredUnless, secret = false } = setting;
  return [
    {
      name,
      plugins: readBy,
      required: required || requiredUnless !== undefined,
      ...(requiredUnless === undefined ? {} : { requiredUnless }),
      ...(setting.default === undefined ? {} : { default: setting.default }),
      secret,
      ...(secret ? { fileVariable: `${name}_FILE` } : {}),
      description,
    },
  ];
}

function idsOfKind(kind: string, plugins: readonly Plugin[]): string[] {
  return plugins.filter((plugin) => plugin.kind.id === kind).map(({ id }) => id);
}
