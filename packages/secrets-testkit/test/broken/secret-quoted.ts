import { variable } from "@archestra/secrets-core/plugin";
import { oneOf, pluginOf, sampleSettings } from "../support/sample-plugin.ts";
import type { BrokenPlugin } from "./broken-plugin.ts";

/** Says that the words of its schema may be shown, and they quote the key. */
export const secretQuoted: BrokenPlugin = {
  plugin(options) {
    const key = variable("SAMPLE_KEY", {
      secret: true,
      schema: oneOf(["key-old-0123", "key-new-0123"], true),
      schemaMessagesAreSafe: true,
      required: true,
      description: "The key.",
    });
    return pluginOf({ ...sampleSettings, key }, options);
  },
  fails: [
    "variables: SAMPLE_KEY: invalid",
    "redaction: SAMPLE_KEY: a secret that is put there by mistake is shown nowhere",
    "redaction: a secret in every variable at once is shown in no error",
  ],
};
