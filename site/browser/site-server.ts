import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { builtSite } from "../built-site.ts";

const contentTypes: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".mjs": "text/javascript",
  ".woff2": "font/woff2",
};

/** A server of the built site on this machine. */
export interface SiteServer extends AsyncDisposable {
  /** Such as `http://127.0.0.1:40123`. */
  readonly origin: string;
}

/** Serves the built site as a static host does, with files that the browser may keep. */
export async function serveSite(): Promise<SiteServer> {
  const server = createServer(async (request, response) => {
    const file = fileOf(decodeURI(new URL(request.url ?? "/", "http://site").pathname));
    if (!existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      "content-type": contentTypes[extname(file)] ?? "application/octet-stream",
      "cache-control": "max-age=3600",
    });
    // A tab that is closed ends its requests.
    await pipeline(createReadStream(file), response).catch(() => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The file of a path of the site. */
export function fileOf(path: string): string {
  return join(builtSite, path.endsWith("/") ? `${path}index.html` : path);
}
