import { testBackend, testPlugin } from "@archestra/secrets-testkit/vitest";
import { afterAll, expect } from "vitest";
import { redisPlugin } from "../src/index.ts";
import { harnessOf } from "./redis-harness.ts";
import { KEY } from "./redis-server.ts";

// Most of the group `errors` is waiting, so it runs in a file of its own, at the same time.
const groups = [
  ...(["values", "names", "existence", "versions", "listing"] as const),
  ...(["lifecycle", "concurrency", "redaction", "capabilities"] as const),
];
const { report } = testBackend({ name: "REDIS", harness: harnessOf(redisPlugin), groups });
testPlugin({
  name: "REDIS",
  harness: {
    plugin: redisPlugin,
    accepted: {
      SECRETS_REDIS_URL: "rediss://user@redis.example:6379/0",
      SECRETS_REDIS_PASSWORD: "not-a-real-password",
      SECRETS_REDIS_KEY: KEY,
      SECRETS_REDIS_PREFIX: "application",
    },
    refused: {
      SECRETS_REDIS_URL: "https://redis.example",
      SECRETS_REDIS_KEY: "c2hvcnQ=",
      SECRETS_REDIS_PREFIX: "{a}",
    },
  },
});

afterAll(() => {
  const { gap, unsupported } = report().summary;
  expect({ gap, unsupported }).toEqual({ gap: 0, unsupported: 0 });
});
