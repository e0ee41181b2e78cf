// #region vitest
import { testBackend, testPlugin } from "@archestra/secrets-testkit/vitest";
import { afterAll, expect } from "vitest";
import { redisPlugin } from "../src/index.ts";
import { KEY, redisHarness } from "./redis-harness.ts";

const { report } = testBackend({ name: "REDIS", harness: redisHarness });
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
  const gaps = report().cases.flatMap(({ status, reason }) => (status === "gap" ? [reason] : []));
  expect(new Set(gaps)).toEqual(new Set(['the harness has no `faults["rate-limited"]`']));
});
// #endregion
