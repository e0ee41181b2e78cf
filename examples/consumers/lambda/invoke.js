import { createRequire } from "node:module";

// Loads the handler as Lambda does when it is not an ES module.
const { handler } = createRequire(import.meta.url)("./dist/handler.cjs");
await handler();
const { body } = await handler();
console.log(body);
process.exit(0);
