// #region harness
import { randomUUID } from "node:crypto";
import type { BackendHarness } from "@archestra/secrets-testkit";
import { startTcpProxy } from "@archestra/secrets-testkit/faults";
import { redisPlugin } from "../src/index.ts";
import { admin, server } from "./redis-server.ts";

/** Made for these tests. It protects nothing. */
export const KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/** Each store is a prefix, a user and a proxy of its own, on one server. */
export const redisHarness: BackendHarness = {
  async open() {
    const [prefix, user, password] = [randomUUID(), randomUUID(), randomUUID()];
    const key = (name: string) => `{${prefix}}:secret:${name}`;
    const alter = (...rules: string[]) => admin.sendCommand(["ACL", "SETUSER", user, ...rules]);
    const killConnections = () => admin.sendCommand(["CLIENT", "KILL", "USER", user]);
    await alter("on", `>${password}`, "allkeys", "+@all");
    const proxy = await startTcpProxy({
      port: server.port,
      isRequest: (data) => !/HELLO|AUTH|CLIENT/.test(data),
      isChange: (data) => /ZADD|ZREM/.test(data),
      nonsense: [
        "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
        "+OK\r\n",
        ":7\r\n",
        "*1\r\n+OK\r\n",
      ],
    });
    return {
      plugins: [redisPlugin()],
      env: {
        SECRETS_REDIS_URL: `redis://${user}@${proxy.host}:${proxy.port}`,
        SECRETS_REDIS_PASSWORD: password,
        SECRETS_REDIS_KEY: KEY,
        SECRETS_REDIS_PREFIX: prefix,
      },
      encrypted: true,
      async readRaw(name) {
        const fields = Object.entries(await admin.hGetAll(key(name)));
        return fields.length === 0 ? undefined : JSON.stringify(fields);
      },
      async seedRaw(name, text) {
        await admin.hSet(key(name), "value", text);
        await admin.zAdd(`{${prefix}}:names`, { score: 0, value: name });
      },
      faults: {
        ...proxy.faults,
        async unauthenticated() {
          await alter("resetpass", ">another");
          await killConnections();
          await proxy.cut({ once: true }); // until the plugin has noticed
          return async () => void (await alter("resetpass", `>${password}`));
        },
        async "permission-denied"() {
          await alter("-@all");
          return async () => void (await alter("+@all"));
        },
      },
      async close() {
        await proxy.close();
        await admin.sendCommand(["ACL", "DELUSER", user]);
      },
    };
  },
};
// #endregion
