import { fileURLToPath } from "node:url";

/** Lets programs that tests start keep what Node made of our TypeScript, which takes longer than to start otherwise. */
export const compileCache = {
  NODE_COMPILE_CACHE: fileURLToPath(new URL("../../node_modules/.cache/programs-of-tests", import.meta.url)),
} as const;
