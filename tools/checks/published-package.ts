import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { typesFindings } from "./accepted-types-findings.ts";
import { checkDeclarations } from "./declarations.ts";
import { checkEntryPoints } from "./entry-points.ts";
import { pack } from "./packed-package.ts";
import { report } from "./problem.ts";
import { runTool } from "./run-tool.ts";
import { checkContents } from "./tarball-contents.ts";
import { checkValueExports } from "./value-exports.ts";

/** Checks the package in the current folder as its users get it: packed, and with nothing around it but its peers. */
const workFolder = mkdtempSync(join(tmpdir(), "published-package-"));
try {
  const packed = pack(process.cwd(), workFolder);
  report(`${packed.manifest.name} as published`, [
    ...checkContents(packed),
    ...(await checkEntryPoints(packed)),
    ...runTool("publint", [packed.tarball, "--strict"], workFolder, "See https://publint.dev/rules."),
    ...typesFindings(packed.tarball, workFolder),
    ...checkDeclarations(packed, workFolder),
    ...(await checkValueExports(packed)),
  ]);
} finally {
  rmSync(workFolder, { recursive: true });
}
