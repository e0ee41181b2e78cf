import { testBackend } from "@archestra/secrets-testkit/vitest";
import { afterAll, expect } from "vitest";
import { redisPlugin } from "../src/index.ts";
import { harnessOf } from "./redis-harness.ts";

const { report } = testBackend({ name: "REDIS", harness: harnessOf(redisPlugin), groups: ["errors"] });

afterAll(() => {
  const { gap, unsupported } = report().summary;
  expect({ gap, unsupported }).toEqual({ gap: 0, unsupported: 0 });
});
