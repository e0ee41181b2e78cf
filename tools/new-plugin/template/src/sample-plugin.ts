import {
  backend,
  definePlugin,
  type OptionsOf,
  option,
  type Plugin,
  type SecretsBackend,
  variable,
} from "@archestra/secrets-core/plugin";
import type { SampleStore } from "./sample-store.ts";

const settings = {
  token: variable("VARIABLE_PREFIX_TOKEN", {
    required: true,
    secret: true,
    description: "The token to log in with.",
  }),
  store: option<SampleStore>({
    description: "The client of the store. Not given: a new one at each start.",
  }),
};

/** The options of `samplePlugin`: each setting, in code instead of in the environment. */
export type SampleOptions = OptionsOf<typeof settings>;

/** The plugin `SAMPLE`. */
export function samplePlugin(options: SampleOptions = {}): Plugin<SecretsBackend> {
  return definePlugin({
    kind: backend,
    id: "SAMPLE",
    contractVersion: 1,
    options,
    settings,
    create: async ({ store, token }) => {
      // Loaded, with everything that it imports, only when this plugin is selected.
      const { SampleBackend } = await import("./sample-backend.ts");
      const { SampleStore } = await import("./sample-store.ts");
      return new SampleBackend(store ?? new SampleStore(), token);
    },
  });
}
