import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

/** Below the ports that systems give to outgoing connections: one of those cannot take it before its server does. */
const LOWEST = 20_000;
const HIGHEST = 32_000;

/**
 * A port on loopback that nothing listens on. No other call gives it, in this process or another one, until this process ends:
 * a server may bind it long after, and again after a restart.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if ((await reserve(port)) && (await isFree(port))) return port;
  }
  throw new Error("There is no free port.");
}

/**
 * Keeps the port from other processes that ask for one. The servers talk TCP, so the UDP port of the same number can be the sign
 * that it is taken: one process at a time can hold it, and the system lets it go with the process, however that ends.
 */
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
