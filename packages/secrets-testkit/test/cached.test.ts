import { testBackend } from "../src/vitest.ts";
import { memoryHarness } from "./support/memory-harness.ts";
import { remoteHarness } from "./support/remote-harness.ts";

testBackend({ name: "memory, cached", harness: memoryHarness, cache: { maxAge: 60_000 } });
testBackend({ name: "memory behind a network, cached", harness: remoteHarness(), cache: { maxAge: 60_000 } });
