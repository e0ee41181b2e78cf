import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

/** Below the ports of outgoing connections, which could take a port before its server does. */
const LOWEST = 20_000;
const HIGHEST = 32_000;
const ATTEMPTS = 100;

/**
 * Returns a port on loopback that nothing listens on. No other call returns it, in this process or in another one, until
 * this process ends. A server can use it later, and again after a restart.
 *
 * @throws Error when no port is free
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if ((await reserve(port)) && (await isFree(port))) return port;
  }
  throw new Error(`No port between ${LOWEST} and ${HIGHEST} is free on loopback.`);
}

/** Reserves the port by a UDP socket of the same number: one process can have it, and the system frees it with the process. */
async function reserve(port: number): Promise<boolean> {
  const reservation = createSocket("udp4").unref();
  try {
    reservation.bind({ port, address: "127.0.0.1", exclusive: true });
    await once(reservation, "listening");
    return true;
  } catch {
    reservation.close();
    return false;
  }
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  try {
    probe.listen(port, "127.0.0.1");
    await once(probe, "listening");
  } catch {
    return false;
  }
  probe.close();
  await once(probe, "close");
  return true;
}
