import { variable } from "@archestra/secrets-core/plugin";
import { oneOf, pluginOf, sampleSettings } from "../support/sample-plugin.ts";
import type { BrokenPlugin } from "./broken-plugin.ts";

/** Has a setting that is not secret, and says that the words of its schema may be shown, which quote what they refuse. */
export const refusedTextQuoted: BrokenPlugin = {
  plugin(options) {
    const mode = variable("SAMPLE_MODE", {
      schema: oneOf(["fast", "safe"], true),
      schemaMessagesAreSafe: true,
      default: "safe",
      description: "How.",
    });
    return pluginOf({ ...sampleSettings, mode }, options);
  },
  fails: [
    "redaction: SAMPLE_MODE: a secret that is put there by mistake is shown nowhere",
    "redaction: a secret in every variable at once is shown in no error",
  ],
};
