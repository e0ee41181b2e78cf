/* A process that starts a manager and ends: `node start-once.ts <url>` prints how many rows it encrypted. */
import { open, secrets } from "./open.ts";

const [url = ""] = process.argv.slice(2);
let encrypted = 0;
const manager = await open(url, secrets.first, {
  warn: ({ plaintext }) => {
    encrypted += Number(plaintext ?? 0);
  },
});
await manager.close();
console.log(encrypted);
