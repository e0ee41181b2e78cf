import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkDeclarations } from "./declarations.ts";
import { checkEntryPoints } from "./entry-points.ts";
import { type PackedPackage, pack } from "./packed-package.ts";
import { type Problem, report } from "./problem.ts";
import { runTool } from "./run-tool.ts";
import { checkValueExports } from "./value-exports.ts";
import { corePackage } from "./workspace.ts";

/** Checks the package in the current folder as its users get it: packed, and with nothing around it but its peers. */
const workFolder = mkdtempSync(join(tmpdir(), "published-package-"));
try {
  const packed = pack(process.cwd(), workFolder);
  report(`${packed.manifest.name} as published`, [
    ...checkContents(packed),
    ...(await checkEntryPoints(packed)),
    ...runTool("publint", [packed.tarball, "--strict"], workFolder, "See https://publint.dev/rules."),
    ...runTool(
      "attw",
      [packed.tarball, "--profile", "esm-only", "--no-emoji", "--no-color", "--format", "ascii"],
      workFolder,
      "See https://arethetypeswrong.github.io.",
    ),
    ...checkDeclarations(packed, workFolder),
    ...(await checkValueExports(packed)),
  ]);
} finally {
  rmSync(workFolder, { recursive: true });
}

function checkContents({ manifest, files }: PackedPackage): Problem[] {
  const where = `${manifest.name}'s tarball`;
  const problems: Problem[] = ["README.md", "CHANGELOG.md", "LICENSE"]
    .filter((file) => !files.includes(file))
    .map((file) => ({ where, what: `holds no ${file}`, todo: 'Write it, and see "files" in package.json.' }));

  if (manifest.name === corePackage) {
    for (const field of ["dependencies", "peerDependencies", "optionalDependencies"] as const) {
      const names = Object.keys(manifest[field] ?? {});
      if (names.length > 0) {
        problems.push({ where, what: `has ${field}: ${names.join(", ")}`, todo: "Core depends on nothing." });
      }
    }
  }
  return problems;
}
