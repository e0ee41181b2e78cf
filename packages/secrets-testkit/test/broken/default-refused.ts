import { variable } from "@archestra/secrets-core/plugin";
import { oneOf, pluginOf, sampleSettings } from "../support/sample-plugin.ts";
import type { BrokenPlugin } from "./broken-plugin.ts";

/** Has a default that its own schema refuses. */
export const defaultRefused: BrokenPlugin = {
  plugin(options) {
    const mode = variable("SAMPLE_MODE", {
      schema: oneOf(["fast", "safe"]),
      default: "slow",
      description: "How.",
    });
    return pluginOf({ ...sampleSettings, mode }, options);
  },
  fails: [
    "variables: SAMPLE_MODE: missing",
    "variables: SAMPLE_MODE: empty",
    "variables: SAMPLE_MODE: blank",
    "variables: SAMPLE_MODE: in the file that SAMPLE_MODE_FILE names",
  ],
};
