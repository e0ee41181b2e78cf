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
    description: "The folder of the encrypted files. A start creates it when it does not exist.",
  }),
  identity: variable("SECRETS_FILES_IDENTITY", {
    schema: ageIdentity,
    schemaMessagesAreSafe: true,
    secret: true,
    required: true,
    description: "The age identity that encrypts and decrypts the files: `AGE-SECRET-KEY-1…`.",
    remedy: "Generate one with `age-keygen`, and keep it for as long as the files.",
  }),
};
// #endregion

// #region descriptor
/** The options of `filesPlugin`: each setting, in code instead of in the environment. */
export type FilesOptions = OptionsOf<typeof settings>;

/** The plugin `FILES`: secrets in a folder, each a file that age encrypts. */
export function filesPlugin(options: FilesOptions = {}): Plugin<SecretsBackend> {
  return definePlugin({
    kind: backend,
    id: "FILES",
    contractVersion: 1,
    options,
    settings,
    create: async ({ folder, identity }, context) => {
      const { openFilesBackend } = await import("./open-files-backend.ts");
      return openFilesBackend(folder, identity, context);
    },
    diagnose: async ({ folder }, context) => {
      const { diagnoseFiles } = await import("./diagnose-files.ts");
      return diagnoseFiles(folder, context);
    },
  });
}
// #endregion
