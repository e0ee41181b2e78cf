import type { Environment } from "@archestra/secrets-core";
import type { Plugin } from "@archestra/secrets-core/plugin";

/** The description of a plugin for the suite of descriptors, which opens nothing. */
export interface PluginHarness {
  /** The plugin's factory, such as `acmePlugin`. The suite calls it without options, with declared options, and with an unknown one. */
  readonly plugin: (options?: never) => Plugin;

  /** The plugins for its slots, including the defaults. @default none */
  readonly plugins?: readonly Plugin[] | undefined;

  /**
   * An accepted text for each variable that the plugin declares, including optional ones. A variable without one is a gap. The
   * suite searches every output for the texts of secret variables: they need at least 8 characters, and not only letters.
   */
  readonly accepted: Environment;

  /** A rejected text for each variable with a schema. A variable with a schema but without one is a gap. @default none */
  readonly refused?: Environment | undefined;
}
