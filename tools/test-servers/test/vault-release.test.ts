import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zipSync } from "fflate";
import { expect, onTestFinished, test } from "vitest";
import { downloadVault, vaultRelease } from "../vault-release.ts";

const content = Buffer.alloc(3_000_000, "the program ");

/** A site with one release. @param checksum of its archive */
async function startSite(checksum: (archive: Uint8Array) => string) {
  const { archive: name, checksums, program } = vaultRelease("1.2.3");
  const archive = zipSync({ "LICENSE.txt": Buffer.from("text"), [program]: content });
  const files: Record<string, string | Uint8Array> = {
    [`/vault/1.2.3/${name}`]: archive,
    [`/vault/1.2.3/${checksums}`]: `${"0".repeat(64)}  other.zip\n${checksum(archive)}  ${name}\n`,
  };
  const server = createServer((request, response) => {
    const file = files[request.url ?? ""];
    response.writeHead(file === undefined ? 404 : 200).end(file);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const folder = mkdtempSync(join(tmpdir(), "archestra-release-"));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true });
  });
  const site = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { site, folder, output: join(folder, "vault") };
}

const sha256 = (archive: Uint8Array) => createHash("sha256").update(archive).digest("hex");

test("a release is downloaded and its program can be run", async () => {
  const { site, folder, output } = await startSite(sha256);
  await downloadVault(vaultRelease("1.2.3", site), output);
  expect(readFileSync(output).equals(content)).toBe(true);
  expect(statSync(output).mode & 0o100).toBe(0o100);
  expect(readdirSync(folder)).toEqual(["vault"]);
});

test("an archive with another checksum than the vendor's is not unpacked", async () => {
  const { site, folder, output } = await startSite(() => "1".repeat(64));
  await expect(downloadVault(vaultRelease("1.2.3", site), output)).rejects.toThrow("another checksum");
  expect(readdirSync(folder)).toEqual([]);
});

test("a release that is not there is refused with the answer's status", async () => {
  const { site, output } = await startSite(sha256);
  await expect(downloadVault(vaultRelease("9.9.9", site), output)).rejects.toThrow("answered 404");
});
