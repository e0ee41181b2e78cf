import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { type FindOptions, slowProgram } from "./cached-program.ts";
import { buildGoProgram, goSourcesHash, hasGo } from "./go-build.ts";
import { TestServerUnavailable } from "./server-unavailable.ts";
import { downloadVault, vaultRelease } from "./vault-release.ts";

/** The Vault that is downloaded or built: the one that `vault/go.mod` requires. */
export const VAULT_VERSION = "1.21.1";

const execute = promisify(execFile);
const sources = new URL("./vault/", import.meta.url);
const program = process.platform === "win32" ? "vault.exe" : "vault";

const REMEDY =
  "Install Vault (https://developer.hashicorp.com/vault/install), or Go 1.26, or set VAULT_BINARY to a Vault; then run `npx --yes pnpm@12 test-servers` and `npx --yes pnpm@12 test --force`.";

/**
 * Finds a Vault that can run `vault server`, in this order: the file that VAULT_BINARY names; `vault` on the path; the
 * user's cache folder; and where the options say so the vendor's release, downloaded and its checksum verified, or a build
 * with Go, of about five minutes. What was downloaded or built stays in the cache folder. Processes that look at the same time
 * download or build once.
 *
 * A container is not among them: a test gives its server files, ends it by signals and reads its log, and all of these
 * would need a second way.
 *
 * @throws {TestServerUnavailable} when no way works
 */
export async function findVaultBinary(options: FindOptions = {}): Promise<string> {
  const named = process.env.VAULT_BINARY;
  if (named) {
    if (await canServe(named)) return named;
    throw new TestServerUnavailable(
      "VAULT_BINARY names a file that cannot run `server`.",
      "Set it to a Vault program, or unset it.",
    );
  }
  const installed = (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((file) => existsSync(file));
  if (installed !== undefined && (await canServe(installed))) return installed;

  const release = vaultRelease(VAULT_VERSION);
  return slowProgram(
    {
      title: `Vault ${VAULT_VERSION}`,
      folder: `vault-${VAULT_VERSION}-${goSourcesHash(sources)}`,
      name: program,
      ways: [
        {
          what: `downloading ${release.folder}/${release.archive}`,
          make: (unfinished) => downloadVault(release, unfinished),
        },
        {
          what: "building it with Go, once, which takes about five minutes",
          works: hasGo,
          make: (unfinished) => buildGoProgram(sources, unfinished, "minimal"),
        },
      ],
      remedy: REMEDY,
    },
    options,
  );
}

async function canServe(file: string): Promise<boolean> {
  const help = await execute(file, ["server", "-help"]).catch(() => undefined);
  return help !== undefined && `${help.stdout}${help.stderr}`.includes("-config=");
}
