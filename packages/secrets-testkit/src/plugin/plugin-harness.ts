import type { Environment } from "@archestra/secrets-core";
import type { Plugin } from "@archestra/secrets-core/plugin";

/** What the suite of descriptors needs to know of a plugin. Nothing is opened. */
export interface PluginHarness {
  /** The plugin's factory, such as `acmePlugin`. The suite calls it with no options, with options that it knows, and with one that there is not. */
  readonly plugin: (options?: never) => Plugin;

  /** The plugins that fit its slots, those of the defaults among them. @default none */
  readonly plugins?: readonly Plugin[] | undefined;

  /**
   * A text that is accepted, for each variable that the plugin declares, those that are not required among them. A
   * variable without one is a gap.
   */
  readonly accepted: Environment;

  /** A text that is refused, for each variable with a schema. A variable with a schema and without one is a gap. @default none */
  readonly refused?: Environment | undefined;
}
