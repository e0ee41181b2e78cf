import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { PackedPackage } from "./packed-package.ts";
import type { Problem } from "./problem.ts";
import { runTool } from "./run-tool.ts";

const resolutions = [
  { module: "NodeNext", moduleResolution: "NodeNext" },
  { module: "ESNext", moduleResolution: "Bundler" },
];

/** Checks the emitted declarations in a project that imports every entry point and skips no library check. */
export function checkDeclarations(packed: PackedPackage, workFolder: string): Problem[] {
  linkWhatItNeeds(packed, join(workFolder, "node_modules"));
  const { name, exports = {} } = packed.manifest;
  const imports = Object.keys(exports)
    .filter((subpath) => subpath !== "./package.json")
    .map(
      (subpath, index) =>
        `import * as entry${index} from "${name}${subpath.slice(1)}";\nvoid entry${index};\n`,
    );
  writeFileSync(join(workFolder, "consumer.ts"), imports.join(""));
  writeFileSync(join(workFolder, "package.json"), JSON.stringify({ type: "module" }));

  return resolutions.flatMap(({ module, moduleResolution }) => {
    const config = join(workFolder, `tsconfig.${moduleResolution}.json`);
    const compilerOptions = {
      target: "ES2023",
      types: ["node"],
      strict: true,
      skipLibCheck: false,
      noEmit: true,
    };
    writeFileSync(
      config,
      JSON.stringify({
        compilerOptions: { ...compilerOptions, module, moduleResolution },
        files: ["consumer.ts"],
      }),
    );
    return runTool(
      "tsc",
      ["--project", config],
      workFolder,
      `The declarations have to be valid under "moduleResolution": "${moduleResolution}".`,
    );
  });
}

function linkWhatItNeeds({ source, manifest }: PackedPackage, modules: string): void {
  const names = [
    "@types/node",
    ...Object.keys(manifest.dependencies ?? {}),
    ...Object.keys(manifest.peerDependencies ?? {}),
  ];
  for (const name of names) {
    const installed = join(source, "node_modules", name);
    if (!existsSync(installed)) continue; // An optional peer may be absent here as at the user's.
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(installed, join(modules, name));
  }
}
