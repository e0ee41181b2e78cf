import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { SecretsError, type StoredInfo } from "@archestra/secrets-core/plugin";

/** A file of a secret: a line of JSON with its state, followed by the value as encrypted by age. */
export interface SecretFile {
  readonly info: StoredInfo & { readonly version: string };
  readonly encrypted: Uint8Array;
}

/** The longest first line. */
const HEADER_BYTES = 512;
const NEWLINE = 0x0a;

/** @returns undefined when there is no file */
export async function readSecretFile(
  path: string,
  name: string,
  signal?: AbortSignal,
): Promise<SecretFile | undefined> {
  const bytes = await unlessMissing(readFile(path, { signal }));
  if (bytes === undefined) return undefined;
  const end = bytes.indexOf(NEWLINE);
  return { info: parseHeader(bytes.subarray(0, Math.max(end, 0)), name), encrypted: bytes.subarray(end + 1) };
}

/** Reads only the first line. @returns undefined when there is no file */
export async function readSecretInfo(path: string, name: string): Promise<SecretFile["info"] | undefined> {
  const file = await unlessMissing(open(path));
  if (file === undefined) return undefined;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    const end = buffer.subarray(0, bytesRead).indexOf(NEWLINE);
    return parseHeader(buffer.subarray(0, Math.max(end, 0)), name);
  } finally {
    await file.close();
  }
}

/** Replaces a file in one step: readers see the old one or the new one, even when the process dies in between. */
export async function replaceSecretFile(path: string, { info, encrypted }: SecretFile): Promise<void> {
  const { version, createdAt, updatedAt } = info;
  const header = Buffer.from(`${JSON.stringify({ version, createdAt, updatedAt })}\n`);
  const draft = draftOf(path);
  await rm(draft, { force: true });
  try {
    const file = await open(draft, "wx", 0o600);
    try {
      await file.writeFile(Buffer.concat([header, encrypted]));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await makeDurable(path);
}

/** Removes an existing file. The caller holds the lock, as for a replacement. */
export async function removeSecretFile(path: string): Promise<void> {
  await rm(draftOf(path), { force: true });
  await rm(path);
  await makeDurable(path);
}

/** One name, so the next change removes the draft of a process that died. */
function draftOf(path: string): string {
  return `${path}.draft`;
}

export async function makeFolderOf(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
}

/** Without this, a power cut could undo a change that was reported. */
async function makeDurable(path: string): Promise<void> {
  if (process.platform === "win32") return; // A folder cannot be opened there.
  try {
    const folder = await open(dirname(path));
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (cause) {
    throw new SecretsError("OUTCOME_UNKNOWN", "The change was made, and may be lost in a power failure.", {
      cause,
    });
  }
}

function parseHeader(line: Uint8Array, name: string): SecretFile["info"] {
  try {
    const { version, createdAt, updatedAt } = JSON.parse(Buffer.from(line).toString());
    const times = [new Date(createdAt), new Date(updatedAt)] as const;
    if (typeof version === "string" && times.every((time) => Number.isFinite(time.getTime()))) {
      return { name, version, createdAt: times[0], updatedAt: times[1] };
    }
  } catch {}
  throw new SecretsError("INVALID_VALUE", "The file does not begin with a line of this plugin.");
}

async function unlessMissing<Result>(reading: Promise<Result>): Promise<Result | undefined> {
  try {
    return await reading;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
