export default {
  mode: "production",
  target: "node22",
  entry: { application: "./application.js", "without-pg": "./without-pg.js" },
  experiments: { outputModule: true },
  optimization: { minimize: false },
  // node-vault loads axios, and never calls it here.
  resolve: { alias: { axios: false } },
  output: { filename: "[name].mjs", module: true },
};
