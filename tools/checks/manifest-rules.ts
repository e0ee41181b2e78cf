import { isDeepStrictEqual } from "node:util";
import type { Problem } from "./problem.ts";
import { corePackage, type Manifest } from "./workspace.ts";

const scope = "@archestra/";
const repository = "https://github.com/archestra-ai/secrets";
const scripts = {
  build: "tsup",
  "check-package": "node ../../tools/checks/published-package.ts",
  "check-types": "tsc",
  test: "vitest run",
};

/** The rules of the package.json of a published package. */
export function checkManifest(folder: string, manifest: Manifest): Problem[] {
  const where = `packages/${folder}/package.json`;
  return [...fields(folder, manifest), ...exportsOf(manifest), ...dependencies(manifest)].map(
    ([what, todo]) => ({ where, what, todo }),
  );
}

type Finding = readonly [what: string, todo: string];

function fields(folder: string, manifest: Manifest): Finding[] {
  const main = manifest.exports?.["."];
  const expected: Record<string, unknown> = {
    name: `${scope}${folder}`,
    license: "MIT",
    author: "The @archestra/secrets authors",
    funding: "https://github.com/archestra-ai",
    homepage: `${repository}/tree/main/packages/${folder}#readme`,
    bugs: `${repository}/issues`,
    repository: { type: "git", url: `git+${repository}.git`, directory: `packages/${folder}` },
    type: "module",
    sideEffects: false,
    main: typeof main === "object" ? main.default : undefined,
    types: typeof main === "object" ? main.types : undefined,
    files: ["dist", "src", "CHANGELOG.md"],
    engines: { node: ">=22.18" },
    publishConfig: { access: "public", provenance: true },
  };
  const findings = Object.entries(expected)
    .filter(([field, value]) => !isDeepStrictEqual(manifest[field], value))
    .map(([field, value]) => different(field, manifest[field], value));

  for (const field of ["description", "keywords"]) {
    const value = manifest[field] as string | string[] | undefined;
    if (!value?.length)
      findings.push([`${field} is missing`, "Say what the package is for; npm searches it."]);
  }
  for (const [name, command] of Object.entries(scripts)) {
    const actual = manifest.scripts?.[name];
    if (actual !== command) findings.push(different(`scripts.${name}`, actual, command));
  }
  return findings;
}

function exportsOf(manifest: Manifest): Finding[] {
  const { "./package.json": self, ...entries } = manifest.exports ?? {};
  const findings: Finding[] = [];
  if (self !== "./package.json")
    findings.push(different('exports["./package.json"]', self, "./package.json"));
  if (!entries["."]) findings.push(['exports has no "."', "Export what applications use as the root entry."]);

  for (const [subpath, target] of Object.entries(entries)) {
    if (subpath.includes("*")) {
      findings.push([
        `exports["${subpath}"] is a wildcard`,
        "List the entry points one by one: each is a promise.",
      ]);
      continue;
    }
    const name = subpath === "." ? "index" : subpath.slice("./".length);
    const expected = { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` };
    // As text, since the order of the conditions counts: the first that matches wins.
    if (JSON.stringify(target) !== JSON.stringify(expected)) {
      findings.push(different(`exports["${subpath}"]`, target, expected));
    }
  }
  return findings;
}

function dependencies(manifest: Manifest): Finding[] {
  if (manifest.name === corePackage) return coreDependencies(manifest);
  // A program brings the packages that it uses.
  return manifest.bin === undefined ? pluginDependencies(manifest) : [];
}

function coreDependencies(manifest: Manifest): Finding[] {
  return (["dependencies", "peerDependencies", "optionalDependencies"] as const)
    .filter((field) => manifest[field] !== undefined)
    .map((field) => [
      `${field} is there`,
      "Core depends on nothing. Put what needs a library into a plugin's package.",
    ]);
}

function pluginDependencies(manifest: Manifest): Finding[] {
  const findings: Finding[] = [];
  for (const [field, range] of [
    ["dependencies", undefined],
    ["optionalDependencies", undefined],
    ["peerDependencies", "workspace:^"],
    ["devDependencies", "workspace:*"],
  ] as const) {
    const actual = manifest[field]?.[corePackage];
    if (actual !== range) findings.push(different(`${field}["${corePackage}"]`, actual, range));
  }
  return findings;
}

function different(field: string, actual: unknown, expected: unknown): Finding {
  const what = actual === undefined ? "is missing" : `is ${JSON.stringify(actual)}`;
  return [
    `${field} ${what}`,
    expected === undefined ? "Remove it." : `It has to be ${JSON.stringify(expected)}.`,
  ];
}
