import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { get as getHttp, type IncomingMessage } from "node:http";
import { get as getHttps } from "node:https";
import { pipeline } from "node:stream/promises";
import { Unzip, UnzipInflate, UnzipPassThrough } from "fflate";

/** A connection that is not there, or silent, after this time is refused. */
const SILENCE_MILLISECONDS = 10_000;

const platforms: Readonly<Record<string, string>> = { win32: "windows" };
const architectures: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" };

/** Where the vendor's official release of Vault for this machine lies. */
export interface VaultRelease {
  readonly folder: string;
  readonly archive: string;
  readonly checksums: string;
  /** The file in the archive that is the program. */
  readonly program: string;
}

/** @param site @default "https://releases.hashicorp.com" */
export function vaultRelease(version: string, site = "https://releases.hashicorp.com"): VaultRelease {
  const platform = platforms[process.platform] ?? process.platform;
  const architecture = architectures[process.arch] ?? process.arch;
  return {
    folder: `${site}/vault/${version}`,
    archive: `vault_${version}_${platform}_${architecture}.zip`,
    checksums: `vault_${version}_SHA256SUMS`,
    program: process.platform === "win32" ? "vault.exe" : "vault",
  };
}

/**
 * Downloads a release and writes its program to a file, after its checksum has been verified.
 *
 * @throws Error when the site does not answer for 10 s, or the checksum is another one
 */
export async function downloadVault(release: VaultRelease, output: string): Promise<void> {
  const sums = await text(await request(`${release.folder}/${release.checksums}`));
  const expected = sums
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .find(([, name]) => name === release.archive)?.[0];
  if (expected === undefined) throw new Error(`${release.checksums} does not list ${release.archive}.`);
  const archive = `${output}.zip`;
  try {
    await pipeline(await request(`${release.folder}/${release.archive}`), createWriteStream(archive));
    const content = await readFile(archive);
    const actual = createHash("sha256").update(content).digest("hex");
    if (actual !== expected) throw new Error(`${release.archive} has another checksum than the vendor's.`);
    await unzipOne(content, release.program, output);
  } finally {
    await rm(archive, { force: true });
  }
}

function request(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const get = url.startsWith("https:") ? getHttps : getHttp;
    const sent = get(url, { agent: false, timeout: SILENCE_MILLISECONDS }, (response) => {
      if (response.statusCode === 200) return resolve(response);
      response.resume();
      reject(new Error(`${url} answered ${response.statusCode}.`));
    });
    sent.on("timeout", () => sent.destroy(new Error(`${url} is silent for ${SILENCE_MILLISECONDS} ms.`)));
    sent.on("error", reject);
  });
}

async function text(response: IncomingMessage): Promise<string> {
  let all = "";
  for await (const chunk of response.setEncoding("utf8")) all += chunk;
  return all;
}

async function unzipOne(archive: Uint8Array, name: string, output: string): Promise<void> {
  const file = createWriteStream(output, { mode: 0o755 });
  let found = false;
  const unzip = new Unzip((entry) => {
    if (entry.name !== name) return;
    found = true;
    entry.ondata = (error, chunk, final) => {
      if (error) file.destroy(error);
      else if (final) file.end(chunk);
      else file.write(chunk);
    };
    entry.start();
  });
  unzip.register(UnzipInflate);
  unzip.register(UnzipPassThrough);
  const written = new Promise<void>((resolve, reject) => file.on("finish", resolve).on("error", reject));
  const step = 2 ** 20;
  for (let offset = 0; offset < archive.length; offset += step) {
    unzip.push(archive.subarray(offset, offset + step), offset + step >= archive.length);
  }
  if (!found) file.destroy(new Error(`There is no ${name} in the archive.`));
  await written;
}
