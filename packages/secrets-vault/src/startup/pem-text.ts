/** Base64 of a PEM text, as variables of containers often hold it; line breaks in it are ignored. */
const BASE64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/;
const BEGIN = "-----BEGIN";
const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g;

/**
 * Finds PEM in a text, also with line breaks that are written as `\n` or missing, and in base64.
 *
 * @returns undefined when there is none
 */
export function pemText(text: string): string | undefined {
  if (text.includes(BEGIN)) return withLineBreaks(text);
  if (!BASE64.test(text.trim())) return undefined;
  const decoded = Buffer.from(text, "base64").toString("utf8");
  return decoded.includes(BEGIN) ? withLineBreaks(decoded) : undefined;
}

function withLineBreaks(text: string): string {
  const lines = text.replaceAll("\\r", "").replaceAll("\\n", "\n");
  return lines.replace(BLOCK, (block, label: string, content: string) => {
    // Headers, such as those of an encrypted key, have lines of their own.
    if (content.trim().includes("\n") || content.includes(":")) return block;
    const wrapped = content.replace(/\s+/g, "").match(/.{1,64}/g) ?? [];
    return [`-----BEGIN ${label}-----`, ...wrapped, `-----END ${label}-----`].join("\n");
  });
}
