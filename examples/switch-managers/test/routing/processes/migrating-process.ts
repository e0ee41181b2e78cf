/*
 * Moves secrets, or removes the copies that moves left, and tells after each how many are done. It is killed when the test
 * has heard enough.
 */
import { type BulkReport, finalizeMigration, migrateSecrets } from "@archestra/secrets-core";
import { openFromEnvironment } from "./open-from-environment.ts";

/** What it is started with, as JSON. */
export type Work = { readonly call: "migrate"; readonly to: string } | { readonly call: "finalize" };

/** What it reports. */
export type Progress =
  | { readonly done: number; readonly report?: undefined }
  | {
      readonly report: Pick<BulkReport, "done" | "skipped" | "failed" | "stopped"> & {
        failures: string[];
      };
    };

const work = JSON.parse(process.argv[2] ?? "") as Work;
const manager = await openFromEnvironment();
let told = 0;
const onProgress = ({ done }: { readonly done: number }) => {
  if (done === told) return;
  told = done;
  tell({ done });
};
const { failures, ...counts } = await (work.call === "migrate"
  ? migrateSecrets(manager, { to: work.to, onProgress })
  : finalizeMigration(manager, { onProgress }));
tell({ report: { ...counts, failures: failures.map(({ error }) => error.message) } });
await manager.close();
process.disconnect?.();

function tell(progress: Progress): void {
  process.send?.(progress);
}
