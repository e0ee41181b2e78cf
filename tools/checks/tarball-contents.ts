import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { linksOf, repositoryLink } from "../docs/links.ts";
import type { PackedPackage } from "./packed-package.ts";
import type { Problem } from "./problem.ts";
import { corePackage } from "./workspace.ts";

const requiredFiles = ["README.md", "CHANGELOG.md", "LICENSE"];

/** What a tarball must have, and what it must not. */
export function checkContents(packed: PackedPackage): Problem[] {
  const where = `${packed.manifest.name}'s tarball`;
  return [
    ...missingFiles(packed),
    ...unwantedFields(packed),
    ...coreDependencies(packed),
    ...unexpectedFiles(packed),
    ...sourceMapProblems(packed),
    ...relativeLinks(packed),
  ].map(([what, todo]) => ({ where, what, todo }));
}

type Finding = readonly [what: string, todo: string];

function missingFiles({ files }: PackedPackage): Finding[] {
  return requiredFiles
    .filter((file) => !files.includes(file))
    .map((file) => [`holds no ${file}`, 'Write it, and see "files" in package.json.']);
}

function unwantedFields({ manifest }: PackedPackage): Finding[] {
  return (["scripts", "devDependencies"] as const)
    .filter((field) => manifest[field] !== undefined)
    .map((field) => [
      `has "${field}" in its package.json`,
      "Nothing runs when it is installed. See .pnpmfile.mjs, which removes the field from what is packed.",
    ]);
}

function coreDependencies({ manifest }: PackedPackage): Finding[] {
  if (manifest.name !== corePackage) return [];
  return (["dependencies", "peerDependencies", "optionalDependencies"] as const).flatMap((field) => {
    const names = Object.keys(manifest[field] ?? {});
    return names.length === 0 ? [] : [[`has ${field}: ${names.join(", ")}`, "Core depends on nothing."]];
  });
}

function unexpectedFiles({ files }: PackedPackage): Finding[] {
  const expected =
    /^(?:dist\/[\w-]+\.(?:js|js\.map|d\.ts|txt)|src\/[\w/-]+\.ts|[A-Z]+(?:\.md)?|package\.json)$/;
  return files
    .filter((file) => !expected.test(file))
    .map((file) => [`holds ${file}`, 'It holds dist/, src/ and the files of every package: see "files".']);
}

function sourceMapProblems({ files, folder }: PackedPackage): Finding[] {
  return files
    .filter((file) => file.endsWith(".map"))
    .flatMap((file): Finding[] => {
      const { sources = [], sourcesContent } = JSON.parse(readFileSync(join(folder, file), "utf8")) as {
        sources?: string[];
        sourcesContent?: string[];
      };
      const missing = sources.find((source) => {
        const isOwn = !source.includes("node_modules/") && !/^(?:\.\.\/)+secrets-/.test(source);
        return isOwn && !existsSync(join(folder, dirname(file), source));
      });
      return [
        ...(sourcesContent === undefined
          ? []
          : [[`repeats sources in ${file}`, "Set sourcesContent to false: they are in src/."] as const]),
        ...(missing === undefined
          ? []
          : [[`names ${missing} in ${file}, which it does not hold`, 'Put it into "files".'] as const]),
      ];
    });
}

function relativeLinks({ folder }: PackedPackage): Finding[] {
  return linksOf(readFileSync(join(folder, "README.md"), "utf8"))
    .filter((link) => !repositoryLink.test(link) && !link.startsWith("#"))
    .map((link) => [
      `has the relative link ${link} in its README.md, which leads nowhere on npm`,
      "Link to https://github.com/archestra-ai/secrets/blob/main/ and the path.",
    ]);
}
