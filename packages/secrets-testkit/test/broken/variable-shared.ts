import { variable } from "@archestra/secrets-core/plugin";
import { pluginOf, sampleSettings } from "../support/sample-plugin.ts";
import type { BrokenPlugin } from "./broken-plugin.ts";

/** Reads one variable for two settings. */
export const variableShared: BrokenPlugin = {
  plugin(options) {
    const other = variable("SAMPLE_ADDRESS", { description: "Where the server is, once more." });
    return pluginOf({ ...sampleSettings, other }, options);
  },
  fails: [
    "descriptor: a setting has one variable, and no two settings share one",
    "variables: SAMPLE_ADDRESS: missing",
    "variables: SAMPLE_ADDRESS: empty",
    "variables: SAMPLE_ADDRESS: blank",
    "variables: SAMPLE_ADDRESS: in the file that SAMPLE_ADDRESS_FILE names",
  ],
};
