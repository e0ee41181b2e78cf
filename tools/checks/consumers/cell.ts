import type { PackedPackages } from "./packed-packages.ts";
import type { VaultEnvironment } from "./run-consumer.ts";

/** A server that a cell needs, apart from the package registry. */
export type NeededServer = "vault";

/** What a cell is run with. */
export interface CellPlace {
  readonly workFolder: string;
  readonly packages: PackedPackages;
  /** Absent: no Vault can be had, and the runs on it are left out. */
  readonly vault: VaultEnvironment | undefined;
}

/** One combination of our packages with what people use them with. It can be run by itself. */
export interface Cell {
  readonly id: string;
  readonly needs: readonly NeededServer[];
  /** Whether it is checked before every merge, and not in long tests and in the matrix of CI alone. */
  readonly isQuick: boolean;
  /** @throws CommandFailed when something does not work */
  run(place: CellPlace): Promise<void>;
}
