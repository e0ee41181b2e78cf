import { encodePath } from "./encode-path.ts";

export type KvVersion = 1 | 2;

/** Where the secrets are stored, by the settings and the mount. All unencoded. */
export interface SecretPlace {
  readonly kvVersion: KvVersion;
  /** Values: `secret/data/archestra` on KV 2, `secret/archestra` on KV 1. */
  readonly values: string;
  /** Metadata, which is listed and deleted: `secret/metadata/archestra` on KV 2, the same as `values` on KV 1. */
  readonly metadata: string;
}

/** The paths of requests, encoded. */
export class SecretPaths {
  readonly place: SecretPlace;
  readonly #values: string;
  readonly #metadata: string;

  constructor(place: SecretPlace) {
    this.place = place;
    this.#values = encodePath(place.values);
    this.#metadata = encodePath(place.metadata);
  }

  value(name: string): string {
    return `${this.#values}/${encodePath(name)}`;
  }

  metadata(name: string): string {
    return `${this.#metadata}/${encodePath(name)}`;
  }

  /** The names in a folder, which ends with `/`; empty: the folder of all. */
  folder(folder: string): string {
    const path = folder === "" ? this.#metadata : `${this.#metadata}/${encodePath(folder.slice(0, -1))}`;
    // Not the verb LIST, which Node's own server and some firewalls refuse.
    return `${path}?list=true`;
  }
}

/**
 * The path of metadata that belongs to a path of values on KV 2: `data` swapped for `metadata`, in the first segment
 * behind the mount, or, when the mount is not known, in the first whole segment `data` that is not the first of all.
 *
 * @returns undefined when there is no such segment
 */
export function metadataPathOf(values: string, mount?: string): string | undefined {
  const segments = values.split("/");
  const start = mount === undefined ? 1 : mount.split("/").length;
  const at = mount === undefined ? segments.indexOf("data", start) : segments[start] === "data" ? start : -1;
  if (at === -1) return undefined;
  return segments.with(at, "metadata").join("/");
}
