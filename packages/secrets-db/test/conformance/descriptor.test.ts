import { testPlugin } from "@archestra/secrets-testkit/vitest";
import { afterAll, expect } from "vitest";
import { dbPlugin } from "../../src/index.ts";
import { gapsOf } from "./gaps.ts";

const { report } = testPlugin({
  name: "DB",
  harness: {
    plugin: dbPlugin,
    accepted: {
      ARCHESTRA_DATABASE_URL: "postgres://user:a-password-of-the-test@localhost/database",
      ARCHESTRA_DATABASE_SCHEMA: "vault",
      ARCHESTRA_DATABASE_POOL_MAX: "20",
      ARCHESTRA_DATABASE_POOL_IDLE_SECONDS: "60",
      ARCHESTRA_DATABASE_POOL_LIFETIME_SECONDS: "600",
      ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STARTUP: "false",
      ARCHESTRA_SECRETS_ENCRYPTION_SECRET: "an encryption secret of the test, long enough",
      ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS: "an earlier secret of the test, long enough",
      ARCHESTRA_AUTH_SECRET: "an authentication secret of the test, long enough",
      ARCHESTRA_SECRETS_ACCEPT_NEW_ENCRYPTION_KEY: "true",
    },
    refused: {
      ARCHESTRA_DATABASE_URL: "mysql://user:a-password-of-the-test@localhost/database",
      ARCHESTRA_DATABASE_SCHEMA: "not a name of a schema",
      ARCHESTRA_DATABASE_POOL_MAX: "0",
      ARCHESTRA_DATABASE_POOL_IDLE_SECONDS: "a minute",
      ARCHESTRA_DATABASE_POOL_LIFETIME_SECONDS: "-1",
      ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STARTUP: "maybe",
      ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS: '["an earlier secret of the test, long enough", 1]',
      ARCHESTRA_SECRETS_ACCEPT_NEW_ENCRYPTION_KEY: "maybe",
    },
  },
});

afterAll(() => expect(gapsOf(report())).toEqual([]));
