import { testPlugin } from "@archestra/secrets-testkit/vitest";
import { afterAll, expect } from "vitest";
import { agentAuth } from "../../src/index.ts";

const { report } = testPlugin({
  name: "the descriptor of AGENT",
  harness: { plugin: agentAuth, accepted: {}, refused: {} },
});

afterAll(() => {
  const { gap, failed } = report().summary;
  expect({ gap, failed }).toEqual({ gap: 0, failed: 0 });
});
