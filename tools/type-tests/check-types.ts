import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Problem, report } from "../checks/problem.ts";

/**
 * Compiles what applications write against the built packages, on the lowest TypeScript that refuses everything in
 * refused.ts and on the newest. The lowest that reads the declarations is older: see docs/guide/works-with.md.
 */
const nodeNext = { module: "NodeNext", moduleResolution: "NodeNext" };
const bundler = { module: "ESNext", moduleResolution: "Bundler" };
const settings = [
  { compiler: "typescript-lowest", resolution: nodeNext },
  { compiler: "typescript-newest", resolution: nodeNext },
  { compiler: "typescript-newest", resolution: bundler },
];

const folder = mkdtempSync(join(import.meta.dirname, ".configurations-"));
try {
  report("What applications write", settings.flatMap(problemsOf));
} finally {
  rmSync(folder, { recursive: true });
}

function problemsOf({ compiler, resolution }: (typeof settings)[number]): Problem[] {
  const config = join(folder, `${compiler}.${resolution.moduleResolution}.json`);
  const compilerOptions = {
    ...resolution,
    target: "ES2022",
    types: ["node"],
    strict: true,
    noUncheckedIndexedAccess: true,
    verbatimModuleSyntax: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    allowImportingTsExtensions: true,
    skipLibCheck: false,
    noEmit: true,
  };
  writeFileSync(config, JSON.stringify({ compilerOptions, files: ["../compiles.ts", "../refused.ts"] }));
  const program = join(import.meta.dirname, "node_modules", compiler, "bin/tsc");
  const { status, stdout, error } = spawnSync(process.execPath, [program, "-p", config], {
    cwd: import.meta.dirname,
    encoding: "utf8",
  });
  if (error) throw error;
  if (status === 0) return [];
  return [
    {
      where: `${compiler}, "moduleResolution": "${resolution.moduleResolution}"`,
      what: `fails\n${stdout}`.trimEnd(),
      todo: "Correct the declarations: applications write what is in compiles.ts, and nothing in refused.ts can work.",
    },
  ];
}
