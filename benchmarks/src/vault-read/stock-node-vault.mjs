import createNodeVault from "node-vault";
import { measureReads } from "./measure-reads.mjs";

const [address, name] = process.argv.slice(2);
const client = createNodeVault({ endpoint: address, token: "root" });
await measureReads(async () => (await client.read(`secret/data/archestra/${name}`)).data.data);
process.exit();
