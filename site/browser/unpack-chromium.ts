import { join } from "node:path";
import { inflate } from "@sparticuz/chromium";

/** Unpacks Chromium, its fonts and the libraries that it needs from the folder given into TMPDIR. */
const [, , packed = ""] = process.argv;
for (const archive of ["chromium.br", "fonts.tar.br", "swiftshader.tar.br", "al2023.tar.br"]) {
  await inflate(join(packed, archive));
}
