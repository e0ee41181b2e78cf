export default {
  mode: "production",
  target: "node22",
  entry: { application: "./application.js", "without-pg": "./without-pg.js" },
  experiments: { outputModule: true },
  optimization: { minimize: false },
  output: { filename: "[name].mjs", module: true },
};
