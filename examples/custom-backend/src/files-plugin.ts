import {
  backend,
  definePlugin,
  type OptionsOf,
  type Plugin,
  type SecretsBackend,
  variable,
} from "@archestra/secrets-core/plugin";
import { ageIdentity } from "./age-identity.ts";

// #region settings
const settings = {
  folder: variable("SECRETS_FILES_FOLDER", {
    required: true,
    description: "The folder of the encrypted files. A start makes it when it is not there.",
  }),
  identity: variable("SECRETS_FILES_IDENTITY", {
    schema: ageIdentity,
    schemaMessagesAreSafe: true,
    secret: true,
    required: true,
    description: "The age identity that encrypts and decrypts the files: `AGE-SECRET-KEY-1…`.",
    remedy: "Make one with `age-keygen`, and keep it as long as the files.",
  }),
};
// #endregion

// #region descriptor
/** What `filesPlugin` takes: each setting, given in code instead of in the environment. */
export type FilesOptions = OptionsOf<typeof settings>;

/** The plugin `FILES`: secrets in a folder, each a file that age encrypts. */
export function filesPlugin(options: FilesOptions = {}): Plugin<SecretsBackend> {
  return definePlugin({
    kind: backend,
    id: "FILES",
    contractVersion: 1,
    options,
    settings,
    create: async ({ folder, identity }) => {
      const { openFilesBackend } = await import("./open-files-backend.ts");
      return openFilesBackend(folder, identity);
    },
  });
}
// #endregion
