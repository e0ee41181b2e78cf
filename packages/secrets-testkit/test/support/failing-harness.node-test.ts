import { testBackend } from "../../src/node-test.ts";

const harness = {
  open() {
    throw new Error("the server did not start");
  },
};

testBackend({ name: "none", harness, groups: ["names"] });
