import { printableText } from "./printable-text.ts";
import { readProperty } from "./sanitized-cause.ts";

/*
 * A module loader's message names modules and paths and contains no secret. It is recognized by its form, and only the
 * name or the path is quoted.
 */

/** Explains why a module could not be loaded. */
export interface FailedImport {
  /** The reason, which is stable. */
  readonly reason: "MODULE_NOT_FOUND" | "MODULE_INCOMPATIBLE" | "REQUIRE_UNAVAILABLE" | "VM_MODULES_DISABLED";
  /** Names the module, the problem and the remedy. */
  readonly message: string;
}

interface Recognizer {
  /** Codes of the loaders' errors. Absent: the message suffices. */
  readonly codes?: readonly string[];
  /** Its first group names the module. */
  readonly pattern: RegExp;
  readonly explain: (name: string, detail: string) => FailedImport;
}

const packageName = /^(?:@[\w~-][\w.~-]*\/)?[\w~-][\w.~-]*/;

const recognizers: readonly Recognizer[] = [
  {
    codes: ["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND"],
    pattern: /Cannot find (?:package|module) ["']([^"'\r\n]+)["']/,
    explain: moduleNotFound,
  },
  { pattern: /^No such built-in module: (node:[a-z_/]+)/, explain: builtinNotFound },
  {
    pattern: /requested module ["']([^"'\r\n]+)["'].* export named ["']([\w$]+)["']/,
    explain: (name, missing) => incompatible(name, missing),
  },
  {
    pattern: /^Named export ["']([\w$]+)["'] not found\. The requested module ["']([^"'\r\n]+)["']/,
    explain: (missing, name) => incompatible(name, missing),
  },
  {
    codes: ["ERR_PACKAGE_PATH_NOT_EXPORTED"],
    pattern:
      /^Package subpath ["']([^"'\r\n]+)["'] .*node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)[\\/]package\.json/,
    explain: (missing, name) => incompatible(name, missing),
  },
  // The messages of esbuild, rolldown and the CommonJS plugin of Rollup.
  { pattern: /^Dynamic require of ["']([^"'\r\n]+)["'] is not supported/, explain: requireUnavailable },
  { pattern: /^Calling `require` for ["']([^"'\r\n]+)["'] in an environment/, explain: requireUnavailable },
  { pattern: /^Could not dynamically require ["']([^"'\r\n]+)["']/, explain: requireUnavailable },
  { codes: ["ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING_FLAG"], pattern: /^/, explain: vmModulesDisabled },
];

/**
 * Explains an error of a module loader: of Node, of another runtime, of Jest, or of a bundle.
 *
 * @returns undefined for any other error
 */
export function explainFailedImport(error: unknown): FailedImport | undefined {
  const code = readProperty(error, "code");
  const message = readProperty(error, "message");
  if (typeof message !== "string") return undefined;
  for (const { codes, pattern, explain } of recognizers) {
    if (codes !== undefined && !codes.some((known) => known === code)) continue;
    const match = pattern.exec(message);
    if (match !== null) return explain(match[1] ?? "", match[2] ?? "");
  }
  return undefined;
}

function moduleNotFound(name: string): FailedImport {
  if (name.startsWith("node:")) return builtinNotFound(name);
  const reason = "MODULE_NOT_FOUND";
  const installed = nameOfPackage(name);
  const message =
    installed === undefined
      ? `The file ${printableText(name)} is missing. In a bundle, deploy every file that the bundler wrote; otherwise install the packages again: npm install`
      : `The package \`${installed}\` is not installed where the application loads it from. Install it: npm install ${installed}`;
  return { reason, message };
}

function builtinNotFound(name: string): FailedImport {
  return {
    reason: "MODULE_NOT_FOUND",
    message: `This runtime has no module \`${name}\`. Run the application on Node 22.18 or newer, without an option that disables the module.`,
  };
}

function incompatible(name: string, missing: string): FailedImport {
  const installed = nameOfPackage(name) ?? printableText(name);
  return {
    reason: "MODULE_INCOMPATIBLE",
    message: `The installed version of \`${installed}\` does not export \`${printableText(missing)}\`. Install a version in the range that the packages require. To show the range and the version: npm explain ${installed}`,
  };
}

function requireUnavailable(name: string): FailedImport {
  return {
    reason: "REQUIRE_UNAVAILABLE",
    message: `The bundle is an ES module without \`require\`, which a bundled CommonJS package calls for \`${printableText(name)}\`. Add this line to the top of the bundle, in esbuild with the option \`banner\`: import { createRequire } from "node:module"; const require = createRequire(import.meta.url);`,
  };
}

function vmModulesDisabled(): FailedImport {
  return {
    reason: "VM_MODULES_DISABLED",
    message:
      "Jest runs the test without support for ES modules. Start Jest with: node --experimental-vm-modules node_modules/jest/bin/jest.js",
  };
}

/** Undefined: the name is the path or the URL of a file. */
function nameOfPackage(name: string): string | undefined {
  if (name.includes(":")) return undefined;
  return packageName.exec(name)?.[0];
}
