import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

/** Beginnings of paths behind `/v1/`, and what stands in their places when a request goes on. */
export type RewrittenPaths = Readonly<Record<string, string>>;

/** A reverse proxy that serves a Vault under other paths than Vault's own. */
export async function startRewritingProxy(
  vault: string,
  paths: RewrittenPaths,
): Promise<{ readonly address: string; stop(): Promise<void> }> {
  const server = createServer((incoming, outgoing) => {
    const { method, url = "", headers } = incoming;
    const found = Object.keys(paths).find((path) => isUnder(url, path));
    const path = found === undefined ? url : `/v1/${paths[found]}${url.slice(`/v1/${found}`.length)}`;
    const sent = request(`${vault}${path}`, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    sent.on("error", () => outgoing.writeHead(502).end());
    incoming.pipe(sent);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

function isUnder(url: string, path: string): boolean {
  const rest = url.startsWith(`/v1/${path}`) ? url.slice(`/v1/${path}`.length) : undefined;
  return rest !== undefined && /^([/?]|$)/.test(rest);
}
