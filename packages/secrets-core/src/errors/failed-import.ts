import { printableText } from "./printable-text.ts";

/*
 * What is said of a module that could not be loaded. The words of a module loader name modules and paths and hold no
 * secret. They are recognized by their form, and nothing but the name or the path is quoted.
 */

/** A module that could not be loaded, in words of ours. */
export interface FailedImport {
  /** Why it could not be loaded. Stable. */
  readonly reason: "MODULE_NOT_FOUND" | "MODULE_INCOMPATIBLE" | "REQUIRE_UNAVAILABLE" | "VM_MODULES_DISABLED";
  /** Which module, why, and what to do. */
  readonly message: string;
}

interface Recognizer {
  /** Codes of the loaders' errors. Absent: the words suffice. */
  readonly codes?: readonly string[];
  /** Its first group names the module. */
  readonly words: RegExp;
  readonly explain: (name: string, detail: string) => FailedImport;
}

const packageName = /^(?:@[\w~-][\w.~-]*\/)?[\w~-][\w.~-]*/;

const recognizers: readonly Recognizer[] = [
  {
    codes: ["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND"],
    words: /Cannot find (?:package|module) ["']([^"'\r\n]+)["']/,
    explain: moduleNotFound,
  },
  { words: /^No such built-in module: (node:[a-z_/]+)/, explain: builtinNotFound },
  {
    words: /requested module ["']([^"'\r\n]+)["'].* export named ["']([\w$]+)["']/,
    explain: (name, missing) => incompatible(name, missing),
  },
  {
    words: /^Named export ["']([\w$]+)["'] not found\. The requested module ["']([^"'\r\n]+)["']/,
    explain: (missing, name) => incompatible(name, missing),
  },
  {
    codes: ["ERR_PACKAGE_PATH_NOT_EXPORTED"],
    words:
      /^Package subpath ["']([^"'\r\n]+)["'] .*node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)[\\/]package\.json/,
    explain: (missing, name) => incompatible(name, missing),
  },
  // As esbuild, rolldown and the CommonJS plugin of Rollup say it.
  { words: /^Dynamic require of ["']([^"'\r\n]+)["'] is not supported/, explain: requireUnavailable },
  { words: /^Calling `require` for ["']([^"'\r\n]+)["'] in an environment/, explain: requireUnavailable },
  { words: /^Could not dynamically require ["']([^"'\r\n]+)["']/, explain: requireUnavailable },
  { codes: ["ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING_FLAG"], words: /^/, explain: vmModulesDisabled },
];

/**
 * Explains an error of a module loader: of Node, of another runtime, of Jest, or of a bundle.
 *
 * @returns undefined when the error is another one
 */
export function explainFailedImport(error: unknown): FailedImport | undefined {
  const { code, message } = wordsOf(error);
  for (const { codes, words, explain } of recognizers) {
    if (codes !== undefined && !codes.some((known) => known === code)) continue;
    const match = words.exec(message);
    if (match !== null) return explain(match[1] ?? "", match[2] ?? "");
  }
  return undefined;
}

/** A getter of a foreign object may throw; then the property is as good as absent. */
function wordsOf(error: unknown): { readonly code: unknown; readonly message: string } {
  try {
    const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
    return { code, message: typeof message === "string" ? message : "" };
  } catch {
    return { code: undefined, message: "" };
  }
}

function moduleNotFound(name: string): FailedImport {
  if (name.startsWith("node:")) return builtinNotFound(name);
  const reason = "MODULE_NOT_FOUND";
  const installed = nameOfPackage(name);
  const message =
    installed === undefined
      ? `The file ${printableText(name)} is missing. In a bundle, deploy every file that the bundler wrote; otherwise install the packages again: npm install`
      : `The package \`${installed}\` is not installed where the application looks for it. Install it: npm install ${installed}`;
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
    message: `The installed version of \`${installed}\` does not export \`${printableText(missing)}\`. Install a version in the range that the packages demand; this shows the range and the version: npm explain ${installed}`,
  };
}

function requireUnavailable(name: string): FailedImport {
  return {
    reason: "REQUIRE_UNAVAILABLE",
    message: `The bundle is an ES module without \`require\`, which a CommonJS package in it calls for \`${printableText(name)}\`. Begin the bundle with this line, in esbuild by the option \`banner\`: import { createRequire } from "node:module"; const require = createRequire(import.meta.url);`,
  };
}

function vmModulesDisabled(): FailedImport {
  return {
    reason: "VM_MODULES_DISABLED",
    message:
      "Jest runs the test without support for ES modules. Start Jest with: node --experimental-vm-modules node_modules/jest/bin/jest.js",
  };
}

/** Undefined: the name is that of a file, by its path or its URL. */
function nameOfPackage(name: string): string | undefined {
  if (name.includes(":")) return undefined;
  return packageName.exec(name)?.[0];
}
