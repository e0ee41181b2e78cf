import { Pool, request } from "undici";
import { measureReads } from "./measure-reads.mjs";

const [address, name] = process.argv.slice(2);
const dispatcher = new Pool(address, { connections: 64, pipelining: 1 });
const headers = { "X-Vault-Token": "root", "X-Vault-Request": "true" };
const url = `${address}/v1/secret/data/archestra/${name}`;

/** What a client cannot do without: the request, the status, the body as JSON. */
await measureReads(async () => {
  const { statusCode, body } = await request(url, { headers, dispatcher });
  if (statusCode !== 200) throw new Error(`Vault answered ${statusCode}.`);
  return (await body.json()).data.data;
});
await dispatcher.close();
