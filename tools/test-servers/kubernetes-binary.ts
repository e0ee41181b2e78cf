import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type FindOptions, slowProgram } from "./cached-program.ts";
import { buildGoProgram, goSourcesHash, hasGo } from "./go-build.ts";
import { TestServerUnavailable } from "./server-unavailable.ts";

/** The Kubernetes that is built: the one that `kube/go.mod` requires. */
export const KUBERNETES_VERSION = "1.34.4";

const execute = promisify(execFile);
const sources = new URL("./kube/", import.meta.url);

const REMEDY =
  "Install Go 1.26, or set KUBE_APISERVER_BINARY to a build of tools/test-servers/kube; then run `npx --yes pnpm@12 test-servers` and `npx --yes pnpm@12 test --force`.";

/**
 * Finds a kube-apiserver that brings its etcd, in this order: the file that KUBE_APISERVER_BINARY names; the user's cache
 * folder; and where the options say so a build with Go, of about seven minutes, which stays in the cache folder. The vendor's program is not looked for:
 * it needs an etcd beside it.
 *
 * @throws {TestServerUnavailable} when no way works
 */
export async function findKubernetesBinary(options: FindOptions = {}): Promise<string> {
  const named = process.env.KUBE_APISERVER_BINARY;
  if (named) {
    if (await bringsEtcd(named)) return named;
    throw new TestServerUnavailable(
      "KUBE_APISERVER_BINARY names a file that is no kube-apiserver with an etcd of its own.",
      "Set it to a build of tools/test-servers/kube, or unset it.",
    );
  }
  return slowProgram(
    {
      title: `kube-apiserver ${KUBERNETES_VERSION}`,
      folder: `kube-apiserver-${KUBERNETES_VERSION}-${goSourcesHash(sources)}`,
      name: process.platform === "win32" ? "kube-apiserver.exe" : "kube-apiserver",
      ways: [
        {
          what: "building it with Go, once, which takes about seven minutes",
          works: hasGo,
          make: (unfinished) => buildGoProgram(sources, unfinished),
        },
      ],
      remedy: REMEDY,
    },
    options,
  );
}

async function bringsEtcd(file: string): Promise<boolean> {
  const help = await execute(file, ["--help"], { maxBuffer: 2 ** 24 }).catch(() => undefined);
  return help?.stdout.includes("ETCD_PEER_URL") ?? false;
}
