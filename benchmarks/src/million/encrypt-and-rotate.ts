/*
 * One process that encrypts what lies in a database and then rotates it, for rotate-million.ts: `node
 * encrypt-and-rotate.ts <url>` prints the times and its peak memory as JSON.
 */
import { openRotation } from "@archestra/secrets-db";
import { open, secrets } from "./open.ts";

const [url = ""] = process.argv.slice(2);

const encryptingSince = performance.now();
const manager = await open(url, secrets.first);
const encrypting = performance.now() - encryptingSince;
await manager.close();

const rotation = await openRotation(
  {},
  {
    env: {
      ARCHESTRA_DATABASE_URL: url,
      ARCHESTRA_SECRETS_ENCRYPTION_SECRET: secrets.second,
      ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS: secrets.first,
    },
  },
);
const rotatingSince = performance.now();
const report = await rotation.sweep();
const rotating = performance.now() - rotatingSince;
if (!report.done) throw new Error(`The sweep is not done: ${JSON.stringify(report)}`);
const { next, rows } = await rotation.status();
await rotation.close();

const peakMegabytes = process.resourceUsage().maxRSS / 1024;
console.log(
  JSON.stringify({
    rows,
    reencrypted: report.reencrypted,
    next: next.action,
    encrypting,
    rotating,
    peakMegabytes,
  }),
);
