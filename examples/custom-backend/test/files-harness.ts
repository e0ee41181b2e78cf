// #region harness
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { BackendHarness } from "@archestra/secrets-testkit";
import { pathOfSecret } from "../src/file-name.ts";
import { filesPlugin } from "../src/index.ts";
import { hideFolder } from "./hide-folder.ts";
import { IDENTITY } from "./identity.ts";

const noServer = { cannotHappen: "There is no server whose answer could be lost or come from another one." };

export const filesHarness: BackendHarness = {
  open() {
    const folder = mkdtempSync(join(tmpdir(), "secrets-files-"));
    return {
      plugins: [filesPlugin()],
      env: { SECRETS_FILES_FOLDER: folder, SECRETS_FILES_IDENTITY: IDENTITY },
      encrypted: true,
      readRaw(name) {
        const path = pathOfSecret(folder, name);
        return existsSync(path) ? readFileSync(path, "latin1") : undefined;
      },
      seedRaw(name, text) {
        mkdirSync(dirname(pathOfSecret(folder, name)), { recursive: true });
        writeFileSync(pathOfSecret(folder, name), text);
      },
      connections: { cannotHappen: "A folder has no connections." },
      faults: {
        unavailable: () => hideFolder(folder),
        unauthenticated: { cannotHappen: "A folder requires no credentials." },
        "rate-limited": { cannotHappen: "A folder limits no rate." },
        "lost-answer": noServer,
        "lost-request": noServer,
        "hanging-answer": noServer,
        nonsense: noServer,
      },
      close: () => rmSync(folder, { recursive: true }),
    };
  },
};
// #endregion
