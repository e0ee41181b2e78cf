import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { runServer } from "verdaccio";

/** A registry on the loopback interface that holds our packages alone. */
export interface LocalRegistry {
  /** The lines of an `.npmrc` that send our scope to it. All other packages come from the registry of the user. */
  readonly configuration: string;
  stop(): Promise<void>;
}

/** Starts an empty one, on a free port. It has no uplink: a package of ours that it lacks does not exist. */
export async function startLocalRegistry(workFolder: string): Promise<LocalRegistry> {
  const folder = join(workFolder, "registry");
  const server: Server = await runServer({
    storage: join(folder, "storage"),
    auth: { htpasswd: { file: join(folder, "htpasswd"), max_users: -1 } },
    uplinks: {},
    packages: { "@archestra/*": { access: "$all", publish: "$all", unpublish: "$none" } },
    log: { type: "stdout", format: "json", level: "fatal" },
    self_path: folder,
    web: { enable: false },
  } as never);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    // The package managers refuse to publish without a token. The registry accepts anyone.
    configuration: `@archestra:registry=http://${host}/\n//${host}/:_authToken=rehearsal\n`,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
