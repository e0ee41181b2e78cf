import type { SecretRevision, SecretsBackend, StoredInfo } from "@archestra/secrets-core/plugin";
import { changed } from "./changed-backend.ts";

/** The versions of each secret of a store, the newest first. */
export type RecordedVersions = Map<string, readonly SecretRevision[]>;

/** A backend that keeps a record of all versions. Clients of one store share `versions`. */
export function withHistory(inner: SecretsBackend, versions: RecordedVersions): SecretsBackend {
  return changed(inner, {
    async write(name, value, options, context) {
      const info = await inner.write(name, value, options, context);
      versions.set(name, [revisionOf(info), ...(versions.get(name) ?? [])]);
      return info;
    },
    async delete(name, options, context) {
      const isDeleted = await inner.delete(name, options, context);
      if (isDeleted) versions.delete(name);
      return isDeleted;
    },
    history: async (name) => versions.get(name) ?? [],
  });
}

function revisionOf({ version = "", updatedAt }: StoredInfo): SecretRevision {
  return { version, state: "present", ...(updatedAt === undefined ? {} : { createdAt: updatedAt }) };
}
