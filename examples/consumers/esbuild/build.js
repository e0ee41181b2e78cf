import { build } from "esbuild";

const options = { bundle: true, platform: "node", target: "node22", format: "esm" };

// #region banner
await build({
  ...options,
  entryPoints: ["application.js"],
  outfile: "dist/application.mjs",
  banner: {
    js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
  },
});
// #endregion

await build({ ...options, entryPoints: ["without-banner.js"], outfile: "dist/without-banner.mjs" });
