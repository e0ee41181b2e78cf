import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Extractor, ExtractorConfig, ExtractorLogLevel, type IConfigFile } from "@microsoft/api-extractor";
import { root } from "../checks/workspace.ts";
import type { EntryPoint } from "./entry-point.ts";

const silent = { default: { logLevel: ExtractorLogLevel.None } };

/** A page of what an entry point promises: every declaration that its users can reach, without comments. */
export function apiReport(entryPoint: EntryPoint): string {
  return `# \`${entryPoint.specifier}\`

Its public surface, written by \`npx --yes pnpm@12 write:api\`. What has no \`export\` is used by something that has.

\`\`\`ts
${declarationsOf(extractReport(entryPoint))}
\`\`\`
`;
}

function extractReport({ packageFolder, declarations }: EntryPoint): string {
  const workFolder = mkdtempSync(join(tmpdir(), "api-report-"));
  try {
    const { succeeded } = Extractor.invoke(
      ExtractorConfig.prepare({
        configObject: configOf(packageFolder, declarations, workFolder),
        configObjectFullPath: undefined,
        packageJsonFullPath: join(packageFolder, "package.json"),
      }),
      { localBuild: true, showVerboseMessages: false, messageCallback: withoutAdvice },
    );
    if (!succeeded) throw new Error(`API Extractor cannot read ${declarations}`);
    return readFileSync(join(workFolder, "report.api.md"), "utf8");
  } finally {
    rmSync(workFolder, { recursive: true });
  }
}

/** The code of a report without its remarks on what is documented, which is another matter than what is promised. */
function declarationsOf(report: string): string {
  const [, code] = /^```ts\n([\s\S]*)^```$/m.exec(report) ?? [];
  if (code === undefined) throw new Error("API Extractor wrote a report without code");
  return code.replace(/^ *\/\/ (@|\().*\n/gm, "").trim();
}

function configOf(packageFolder: string, declarations: string, workFolder: string): IConfigFile {
  return {
    projectFolder: packageFolder,
    mainEntryPointFilePath: declarations,
    newlineKind: "lf",
    compiler: {
      overrideTsconfig: { extends: join(root, "tools/presets/tsconfig.json"), files: [declarations] },
    },
    apiReport: {
      enabled: true,
      reportFileName: "report",
      reportFolder: workFolder,
      reportTempFolder: join(workFolder, "new"),
      // Declarations that are used and not exported are promises, too.
      includeForgottenExports: true,
    },
    docModel: { enabled: false },
    dtsRollup: { enabled: false },
    tsdocMetadata: { enabled: false },
    messages: {
      compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
      extractorMessageReporting: silent,
      tsdocMessageReporting: silent,
    },
  };
}

/** API Extractor prints that it wrote the report, with advice; only its errors are shown. */
function withoutAdvice(message: { logLevel: ExtractorLogLevel }): void {
  if (message.logLevel !== ExtractorLogLevel.Error) message.logLevel = ExtractorLogLevel.None;
}
