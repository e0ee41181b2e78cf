import type { SecretsErrorCode } from "@archestra/secrets-core/plugin";

const codes: Readonly<Record<string, SecretsErrorCode>> = {
  EACCES: "PERMISSION_DENIED",
  EPERM: "PERMISSION_DENIED",
  EROFS: "PERMISSION_DENIED",
  EEXIST: "UNAVAILABLE",
  ENOENT: "UNAVAILABLE",
  ENOTDIR: "UNAVAILABLE",
  EIO: "UNAVAILABLE",
  EBUSY: "UNAVAILABLE",
  ENOSPC: "UNAVAILABLE",
  EDQUOT: "UNAVAILABLE",
  EMFILE: "UNAVAILABLE",
  ENFILE: "UNAVAILABLE",
  ESTALE: "UNAVAILABLE",
};

/** The code of an error of `node:fs`. Undefined: another error, or an unexpected code. */
export function codeOfFileError(error: unknown): SecretsErrorCode | undefined {
  if (!(error instanceof Error) || !("syscall" in error)) return undefined;
  const { code } = error as NodeJS.ErrnoException;
  return code !== undefined && Object.hasOwn(codes, code) ? codes[code] : undefined;
}
