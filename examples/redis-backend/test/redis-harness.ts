import { randomUUID } from "node:crypto";
import type { BackendHarness } from "@archestra/secrets-testkit";
import { startTcpProxy } from "@archestra/secrets-testkit/faults";
import type { redisPlugin } from "../src/index.ts";
import { admin, KEY, server } from "./redis-server.ts";

const PAGE = 10; // small, so that a list of many pages is short

/** Each store is a prefix, a user and a proxy of its own, on one server. */
export const harnessOf = (plugin: typeof redisPlugin): BackendHarness => ({
  independentFaults: true,
  async open() {
    const [prefix, user, password] = [randomUUID(), randomUUID(), randomUUID()];
    const alter = (...rules: string[]) => admin.sendCommand(["ACL", "SETUSER", user, ...rules]);
    const proxy = await startTcpProxy({
      port: server.port,
      isRequest: (data) => !/HELLO|AUTH/.test(data), // the handshake causes no fault
      isChange: (data) => /ZADD|ZREM/.test(data), // in the text of the scripts
      nonsense: ["HTTP/1.1 502 Bad Gateway\r\n\r\n", "+OK\r\n", ":7\r\n", "*1\r\n+OK\r\n"],
    });
    const altering = (rules: readonly string[], end: readonly string[]) => async () => {
      await alter(...rules);
      await proxy.cut({ once: true }); // new connections meet the new rules
      return async () => void (await alter(...end));
    };
    await alter("on", `>${password}`, "allkeys", "+@all");
    return {
      plugins: [plugin({ pageSize: PAGE })],
      env: {
        SECRETS_REDIS_URL: `redis://${user}@${proxy.host}:${proxy.port}`,
        SECRETS_REDIS_PASSWORD: password,
        SECRETS_REDIS_KEY: KEY,
        SECRETS_REDIS_PREFIX: prefix,
      },
      encrypted: true,
      pageSize: PAGE,
      async readRaw(name) {
        const keys = await admin.keys(`{${prefix}}:*:${name}*`); // what is left of it may have another key
        const texts = await Promise.all(keys.map((it) => admin.hVals(it).catch(() => admin.get(it))));
        return texts.flat().join("\n") || undefined;
      },
      async seedRaw(name, text) {
        await admin.hSet(`{${prefix}}:secret:${name}`, "value", text);
        await admin.zAdd(`{${prefix}}:names`, { score: 0, value: name });
      },
      async rotate() {
        const replaced = randomUUID();
        await altering(["resetpass", `>${replaced}`], [])();
        return { SECRETS_REDIS_PASSWORD: replaced };
      },
      connections: async () => proxy.connections(),
      faults: {
        ...proxy.faults,
        unauthenticated: altering(["resetpass"], [`>${password}`]),
        "permission-denied": altering(["-@all"], ["+@all"]),
        "rate-limited": { cannotHappen: "Redis has no rate limit." },
      },
      close: () => proxy.close(),
    };
  },
});
