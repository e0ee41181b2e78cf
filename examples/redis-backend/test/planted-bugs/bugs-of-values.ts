// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are source code
import type { PlantedBug } from "./planted-bug.ts";

/** Mistakes in how values are stored. */
export const bugsOfValues: readonly PlantedBug[] = [
  {
    mistake: "Texts that look like a date become a Date.",
    file: "value-cipher.ts",
    changes: [
      [
        "return JSON.parse(Buffer.concat(parts).toString());",
        'return JSON.parse(Buffer.concat(parts).toString(), (_key, entry) => typeof entry === "string" && /^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z$/.test(entry) ? new Date(entry) : entry);',
      ],
    ],
    groups: ["values"],
    caughtBy: "keeps texts of every kind",
  },
  {
    mistake: "A text is decoded in chunks of 64 KiB, so a character on a boundary is damaged.",
    file: "value-cipher.ts",
    changes: [
      [
        "return JSON.parse(Buffer.concat(parts).toString());",
        'const whole = Buffer.concat(parts); let read = ""; for (let at = 0; at < whole.length; at += 65536) read += whole.subarray(at, at + 65536).toString(); return JSON.parse(read);',
      ],
    ],
    groups: ["values"],
    caughtBy: "keeps the largest value of four-byte characters",
  },
  {
    mistake: "Numbers keep 15 digits only.",
    file: "value-cipher.ts",
    changes: [
      [
        "cipher.update(JSON.stringify(value))",
        'cipher.update(JSON.stringify(value, (_key, entry) => typeof entry === "number" ? Number(entry.toPrecision(15)) : entry))',
      ],
    ],
    groups: ["values"],
    caughtBy: "keeps numbers of every size",
  },
  {
    mistake: "Texts of a value are normalized to NFC.",
    file: "value-cipher.ts",
    changes: [
      [
        "cipher.update(JSON.stringify(value))",
        'cipher.update(JSON.stringify(value, (_key, entry) => typeof entry === "string" ? entry.normalize("NFC") : entry))',
      ],
    ],
    groups: ["values"],
    caughtBy: "keeps texts of every kind",
  },
  {
    mistake: "Line ends of a value become \\n.",
    file: "value-cipher.ts",
    changes: [
      [
        "return JSON.parse(Buffer.concat(parts).toString());",
        'return JSON.parse(Buffer.concat(parts).toString(), (_key, entry) => typeof entry === "string" ? entry.replaceAll("\\r\\n", "\\n") : entry);',
      ],
    ],
    groups: ["values"],
    caughtBy: "keeps texts of every kind",
  },
  {
    mistake: "Null entries of a value are left out.",
    file: "value-cipher.ts",
    changes: [
      [
        "cipher.update(JSON.stringify(value))",
        "cipher.update(JSON.stringify(value, (_key, entry) => entry === null ? undefined : entry))",
      ],
    ],
    groups: ["values"],
    caughtBy: "keeps null, booleans, and what is empty",
  },
  {
    mistake: "Empty texts of a value are left out, as an old DynamoDB did.",
    file: "value-cipher.ts",
    changes: [
      [
        "cipher.update(JSON.stringify(value))",
        'cipher.update(JSON.stringify(value, (_key, entry) => entry === "" ? undefined : entry))',
      ],
    ],
    groups: ["values"],
    caughtBy: "keeps null, booleans, and what is empty",
  },
  {
    mistake: "Dots in the keys of a value become another character, as for MongoDB.",
    file: "value-cipher.ts",
    changes: [
      [
        "cipher.update(JSON.stringify(value))",
        'cipher.update(JSON.stringify(value, (_key, entry) => entry !== null && typeof entry === "object" && !Array.isArray(entry) ? Object.fromEntries(Object.entries(entry).map(([k, v]) => [k.replaceAll(".", "\\uff0e"), v])) : entry))',
      ],
    ],
    groups: ["values"],
    caughtBy: "keeps keys of every kind",
  },
  {
    mistake: "The initialization vector is derived from the value, so equal values have equal ciphertexts.",
    file: "value-cipher.ts",
    changes: [
      [
        "const iv = randomBytes(IV_BYTES);",
        'const iv = createHash("sha256").update(JSON.stringify(value)).digest().subarray(0, IV_BYTES);',
      ],
      ["createDecipheriv, randomBytes", "createDecipheriv, createHash, randomBytes"],
    ],
    groups: ["redaction"],
    caughtBy: "equal values have stored forms that have nothing in common",
  },
];
