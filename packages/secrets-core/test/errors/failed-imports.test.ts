import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { createSecretsManager } from "../../src/index.ts";
import { backend, definePlugin, openStandalone } from "../../src/plugin.ts";
import { plantedText } from "../planted.ts";
import { failure } from "../support/failure.ts";
import { fakeBackend } from "../support/fake-backend.ts";
import { openBackend } from "../support/open-manager.ts";
import { runNode } from "../support/run-node.ts";

/** Starts a manager, in a process of its own, whose plugin imports this when it opens. */
function startWhosePlugin(imports: string, beforehand = ""): Promise<unknown> {
  return runNode(`
    import { createSecretsManager } from "./src/index.ts";
    import { backend, definePlugin } from "./src/plugin.ts";
    ${beforehand}
    const plugin = definePlugin({
      kind: backend, id: "STORE", contractVersion: 1, settings: {},
      create: async () => { ${imports} },
    });
    const error = await createSecretsManager({ plugins: [plugin], manager: "STORE", env: {} }).catch((error) => error);
    console.log(JSON.stringify(error));
  `);
}

/** A file of this content, which is gone after the test. */
function temporaryFile(name: string, content: string): string {
  const folder = mkdtempSync(join(tmpdir(), "failed-import-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

test("a start whose plugin needs a package that is not installed names it and prints the command", async () => {
  expect(await startWhosePlugin('await import("an-absent-package");')).toMatchObject({
    code: "INVALID_CONFIGURATION",
    reason: "MODULE_NOT_FOUND",
    retryable: false,
    operation: "open",
    manager: "STORE",
    message:
      "open (STORE): The package `an-absent-package` is not installed where the application loads it from. Install it: npm install an-absent-package",
  });
});

test("a start whose plugin requires a part of a scoped package that is not installed names the package", async () => {
  const requires =
    'const { createRequire } = await import("node:module"); createRequire(import.meta.url)("@absent/package/part.js");';
  expect(await startWhosePlugin(requires)).toMatchObject({
    reason: "MODULE_NOT_FOUND",
    message: expect.stringMatching(/The package `@absent\/package` .* npm install @absent\/package$/),
  });
});

test("a start whose plugin lacks one of its own files names the file", async () => {
  const path = join(tmpdir(), "an-absent-chunk.js");
  expect(await startWhosePlugin(`await import(${JSON.stringify(pathToFileURL(path))});`)).toMatchObject({
    code: "INVALID_CONFIGURATION",
    reason: "MODULE_NOT_FOUND",
    message: `open (STORE): The file ${path} is missing. In a bundle, deploy every file that the bundler wrote; otherwise install the packages again: npm install`,
  });
});

test("a start whose plugin needs a built-in module that the runtime lacks names it", async () => {
  expect(await startWhosePlugin('await import("node:absent");')).toMatchObject({
    code: "INVALID_CONFIGURATION",
    reason: "MODULE_NOT_FOUND",
    message: expect.stringContaining("This runtime has no module `node:absent`."),
  });
});

test("a start whose plugin needs another version of a module names the module and the missing export", async () => {
  const library = pathToFileURL(temporaryFile("library.mjs", "export const present = 1;"));
  const user = temporaryFile("user.mjs", `import { absent } from ${JSON.stringify(library)}; absent();`);
  const error = await startWhosePlugin(`await import(${JSON.stringify(pathToFileURL(user))});`);
  expect(error).toMatchObject({
    code: "INVALID_CONFIGURATION",
    reason: "MODULE_INCOMPATIBLE",
    message: expect.stringContaining("does not export `absent`"),
  });
});

test("a start on a Node below 22.18 names both versions before it opens anything", async () => {
  const old =
    'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.19.5" } });';
  expect(await startWhosePlugin('throw new Error("was opened");', old)).toMatchObject({
    code: "INVALID_CONFIGURATION",
    reason: "NODE_UNSUPPORTED",
    retryable: false,
    operation: "open",
    message:
      "open: This process runs on Node 20.19.5, but @archestra/secrets-core requires Node 22.18 or newer. Start it with a newer version of Node.",
  });
});

test.each([
  ["22.18.0", "INTERNAL"],
  ["22.17.1", "INVALID_CONFIGURATION"],
  ["26.0.0", "INTERNAL"],
])("a start on Node %s ends with %s for a plugin that fails", async (version, code) => {
  const other = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: ${JSON.stringify(version)} } });`;
  expect(await startWhosePlugin('throw new Error("was opened");', other)).toMatchObject({ code });
});

/** As the loaders of other runtimes and the bundles of several bundlers word it. */
const foreignWords: readonly [string, object, string, string][] = [
  [
    "Bun",
    {
      name: "ResolveMessage",
      code: "ERR_MODULE_NOT_FOUND",
      message: "Cannot find package 'kysely' from '/a/b.js'",
    },
    "MODULE_NOT_FOUND",
    "npm install kysely",
  ],
  [
    "Jest",
    { code: "MODULE_NOT_FOUND", message: "Cannot find module 'kysely' from 'node_modules/a/b.js'" },
    "MODULE_NOT_FOUND",
    "npm install kysely",
  ],
  [
    "Jest without ES modules",
    {
      code: "ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING_FLAG",
      message: "A dynamic import callback was invoked without --experimental-vm-modules",
    },
    "VM_MODULES_DISABLED",
    "node --experimental-vm-modules node_modules/jest/bin/jest.js",
  ],
  [
    "esbuild",
    { message: 'Dynamic require of "node:events" is not supported' },
    "REQUIRE_UNAVAILABLE",
    'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
  ],
  [
    "rolldown",
    {
      message:
        'Calling `require` for "node:events" in an environment that doesn\'t expose the `require` function.',
    },
    "REQUIRE_UNAVAILABLE",
    'import { createRequire } from "node:module";',
  ],
  [
    "a package without this path",
    {
      code: "ERR_PACKAGE_PATH_NOT_EXPORTED",
      message: `Package subpath './a' is not defined by "exports" in /b/node_modules/@c/d/package.json`,
    },
    "MODULE_INCOMPATIBLE",
    "npm explain @c/d",
  ],
];

test.each(foreignWords)(
  "the message of %s about a missing module is recognized at the start and in a call",
  async (_of, fields, reason, remedy) => {
    const foreign = Object.assign(new Error(), fields);
    const create = () => Promise.reject(foreign);
    const plugin = definePlugin({ kind: backend, id: "STORE", contractVersion: 1, settings: {}, create });
    const manager = await openBackend(fakeBackend({ get: create, classify: () => "UNAVAILABLE" }));
    const expected = { code: "INVALID_CONFIGURATION", reason, message: expect.stringContaining(remedy) };

    expect(
      await failure(createSecretsManager({ plugins: [plugin], manager: "STORE", env: {} })),
    ).toMatchObject(expected);
    expect(await failure(openStandalone(plugin, { env: {} }))).toMatchObject(expected);
    expect(await failure(manager.get("a"))).toMatchObject(expected);
  },
);

test("only the name of the module is quoted from the loader's message", async () => {
  const message = `${plantedText()}: Cannot find package 'kysely' imported from ${plantedText()}`;
  const foreign = Object.assign(new Error(message), { code: "ERR_MODULE_NOT_FOUND" });
  const manager = await openBackend(fakeBackend({ get: () => Promise.reject(foreign) }));
  expect((await failure(manager.get("a"))).reason).toBe("MODULE_NOT_FOUND");
});

test("an error that only has a loader's code is not treated as an error of a loader", async () => {
  const foreign = Object.assign(new Error(plantedText()), { code: "MODULE_NOT_FOUND" });
  const manager = await openBackend(fakeBackend({ get: () => Promise.reject(foreign) }));
  expect(await failure(manager.get("a"))).toMatchObject({ code: "INTERNAL" });
});
