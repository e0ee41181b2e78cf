import {
  backend,
  booleanSetting,
  defineKind,
  definePlugin,
  type OptionsOf,
  type Plugin,
  type SecretsBackend,
  type SettingDeclarations,
  type StandardSchema,
  slot,
  variable,
} from "@archestra/secrets-core/plugin";
import type { PluginHarness } from "../../src/index.ts";

const loginMethod = defineKind<string>("conformance-login");

/** A schema that takes one word, and says of any other that it is none; with `quotes`, in words that quote the input. */
export function oneOf(words: readonly string[], quotes = false): StandardSchema<string, string> {
  return {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: (input) =>
        words.includes(String(input))
          ? { value: String(input) }
          : { issues: [{ message: quotes ? `is ${String(input)}` : "is none of the words" }] },
    },
  };
}

/** A setting of every sort. */
export const sampleSettings = {
  address: variable("SAMPLE_ADDRESS", { required: true, description: "Where the server is." }),
  mode: variable("SAMPLE_MODE", { schema: oneOf(["fast", "safe"]), default: "safe", description: "How." }),
  key: variable("SAMPLE_KEY", {
    secret: true,
    schema: oneOf(["key-old-0123", "key-new-0123"]),
    required: true,
    description: "The key.",
  }),
  token: variable("SAMPLE_TOKEN", {
    secret: true,
    requiredUnless: "SAMPLE_PASSWORD",
    description: "The token.",
  }),
  password: variable("SAMPLE_PASSWORD", { secret: true, live: true, description: "Instead of the token." }),
  verbose: variable("SAMPLE_VERBOSE", { schema: booleanSetting, description: "Whether it says more." }),
  login: slot(loginMethod, { variable: "SAMPLE_LOGIN", default: "PLAIN" }),
};

/** A plugin of these settings, which cannot be opened. */
export function pluginOf<const Settings extends SettingDeclarations>(
  settings: Settings,
  options: OptionsOf<Settings> | undefined,
): Plugin<SecretsBackend> {
  return definePlugin({
    kind: backend,
    id: "SAMPLE",
    contractVersion: 1,
    options,
    settings,
    create: (): SecretsBackend => {
      throw new TypeError("The suite of descriptors opens nothing.");
    },
  });
}

const loginPlugin = (id: string) =>
  definePlugin({ kind: loginMethod, id, contractVersion: 1, settings: {}, create: () => id });

/** A harness that lacks nothing, for a plugin with some settings changed. */
export function sampleHarness(
  factory: PluginHarness["plugin"] = (options) => pluginOf(sampleSettings, options),
): PluginHarness {
  return {
    plugin: factory,
    plugins: [loginPlugin("PLAIN"), loginPlugin("FANCY")],
    accepted: {
      SAMPLE_ADDRESS: "https://sample.example",
      SAMPLE_MODE: "fast",
      SAMPLE_KEY: "key-new-0123",
      SAMPLE_TOKEN: "t-0123456789",
      SAMPLE_PASSWORD: "p-0123456789",
      SAMPLE_VERBOSE: "true",
    },
    refused: { SAMPLE_MODE: "odd", SAMPLE_KEY: "k-odd-0123456789", SAMPLE_VERBOSE: "maybe" },
  };
}
