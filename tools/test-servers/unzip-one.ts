import { createWriteStream } from "node:fs";
import { Unzip, UnzipInflate, UnzipPassThrough } from "fflate";

/**
 * Writes one file of an archive to a file that can be executed.
 *
 * @param isWanted whether this path in the archive is the one
 * @throws Error when no path is
 */
export async function unzipOne(
  archive: Uint8Array,
  isWanted: (path: string) => boolean,
  output: string,
): Promise<void> {
  const file = createWriteStream(output, { mode: 0o755 });
  let found = false;
  const unzip = new Unzip((entry) => {
    if (!isWanted(entry.name)) return;
    found = true;
    entry.ondata = (error, chunk, final) => {
      if (error) file.destroy(error);
      else if (final) file.end(chunk);
      else file.write(chunk);
    };
    entry.start();
  });
  unzip.register(UnzipInflate);
  unzip.register(UnzipPassThrough);
  const written = new Promise<void>((resolve, reject) => file.on("finish", resolve).on("error", reject));
  const step = 2 ** 20;
  for (let offset = 0; offset < archive.length; offset += step) {
    unzip.push(archive.subarray(offset, offset + step), offset + step >= archive.length);
  }
  if (!found) file.destroy(new Error("The archive does not contain the program."));
  await written;
}
