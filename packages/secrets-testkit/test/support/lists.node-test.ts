import { runner } from "../../src/node-test.ts";

const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];

runner.describeTogether?.("lists of tests", [
  () =>
    runner.test("a test of the first list ends after one of the second", async () => {
      first.resolve();
      await second.promise;
    }),
  () => {
    runner.test("a test of the second list begins before the first has ended", () => first.promise);
    runner.test("the tests of the second list run in their order", async () => second.resolve());
  },
]);
