import { build } from "esbuild";

const options = { bundle: true, platform: "node", target: "node22", format: "esm" };

// #region banner
const { metafile } = await build({
  ...options,
  entryPoints: ["application.js"],
  outfile: "dist/application.mjs",
  banner: {
    js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
  },
  // Optional: node-vault loads axios and never calls it here. The file contains `export {};`.
  alias: { axios: "./empty.js" },
  metafile: true,
});
// #endregion

const withoutAlias = await build({
  ...options,
  entryPoints: ["application.js"],
  outfile: "dist/application.mjs",
  write: false,
  metafile: true,
});
if (Object.keys(metafile.inputs).some((path) => path.includes("/axios/")))
  throw new Error("axios is bundled");
const size = (built) => `${Math.round(Object.values(built.outputs)[0].bytes / 1000)} kB`;
console.log(`${size(metafile)}, and ${size(withoutAlias.metafile)} with axios`);

await build({ ...options, entryPoints: ["without-banner.js"], outfile: "dist/without-banner.mjs" });
