import type { VaultServer } from "@archestra/test-servers/vault-server";
import { encodePath } from "../../src/paths/encode-path.ts";

/** The secrets of one KV mount, past the engine: an operator's look, and Vault's own storage under it. */
export class RawSecrets {
  readonly #server: VaultServer;
  readonly #mount: string;
  readonly #kvVersion: 1 | 2;

  /** @param server with `raw_storage_endpoint` */
  constructor(server: VaultServer, mount: string, kvVersion: 1 | 2) {
    this.#server = server;
    this.#mount = mount;
    this.#kvVersion = kvVersion;
  }

  /** All that the engine keeps under a name: on version 2 the metadata of every version. */
  async read(name: string): Promise<string | undefined> {
    const path = this.#kvVersion === 2 ? `${this.#mount}/metadata` : this.#mount;
    const { status, body } = await this.#server.request("GET", `${path}/archestra/${encodePath(name)}`);
    return status === 404 ? undefined : JSON.stringify(body.data);
  }

  /** Lets the engine store something, and puts this text in its place where the storage holds it. */
  async seed(name: string, text: string): Promise<void> {
    const folder = `logical/${await this.#mountId()}/`;
    const before = new Set(await this.#entriesUnder(folder));
    if (this.#kvVersion === 1) {
      return this.#write(`${folder}archestra/${name}`, Buffer.from(text));
    }
    await this.#demand("POST", `${this.#mount}/data/archestra/${encodePath(name)}`, { data: {} });
    const entries = await this.#entriesUnder(folder);
    const version = entries.find((entry) => entry.includes("/versions/") && !before.has(entry));
    if (version === undefined) throw new Error("The engine stored no version.");
    await this.#write(version, withData(await this.#read(version), Buffer.from(text)));
  }

  async #mountId(): Promise<string> {
    const { data } = await this.#demand("GET", "sys/mounts");
    return (data as Record<string, { readonly uuid: string }>)[`${this.#mount}/`]?.uuid ?? "";
  }

  async #entriesUnder(folder: string): Promise<string[]> {
    const { body } = await this.#server.request("LIST", `sys/raw/${folder}`);
    const keys = (body.data?.keys ?? []) as string[];
    const entries = await Promise.all(
      keys.map((key) => (key.endsWith("/") ? this.#entriesUnder(folder + key) : [folder + key])),
    );
    return entries.flat();
  }

  async #read(entry: string): Promise<Buffer> {
    const { data } = await this.#demand("GET", `sys/raw/${entry}?encoding=base64`);
    return Buffer.from(data?.value as string, "base64");
  }

  async #write(entry: string, content: Buffer): Promise<void> {
    const body = { value: content.toString("base64"), encoding: "base64" };
    await this.#demand("POST", `sys/raw/${encodePath(entry)}`, body);
  }

  async #demand(method: string, path: string, body?: unknown) {
    const answer = await this.#server.request(method, path, body);
    if (answer.status === 200 || answer.status === 204) return answer.body;
    throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
  }
}

/** A stored version is a protocol buffer; its first field, short here, is the JSON of the value. */
function withData(version: Buffer, data: Buffer): Buffer {
  const [tag, length = 0] = version;
  if (tag !== 0x0a || data.length > 127) throw new Error("The stored version has another form.");
  return Buffer.concat([Buffer.from([tag, data.length]), data, version.subarray(2 + length)]);
}
