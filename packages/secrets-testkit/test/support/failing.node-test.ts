import { testBackend } from "../../src/node-test.ts";
import { deletionAlwaysTrue } from "../broken/deletion-always-true.ts";
import { remoteHarness } from "./remote-harness.ts";

testBackend({ name: "broken", harness: remoteHarness(deletionAlwaysTrue.wrap), groups: ["existence"] });
