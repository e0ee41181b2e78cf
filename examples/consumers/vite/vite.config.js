export default {
  build: { ssr: "application.js", target: "node22" },
  // Everything in one bundle. By default, Vite leaves packages outside of a build for the server.
  ssr: { noExternal: true },
};
