/**
 * What kind of body an answer has that does not come from Vault, which sends JSON objects. `html`: a page, as of a proxy.
 * `text`: neither a page nor the beginning of JSON. `https wanted`: the refusal of plain HTTP by a server with TLS.
 */
export type ForeignBody = "html" | "text" | "https wanted";

/** Nothing that tells the kinds apart comes later in a body. */
const LOOKED_AT = 2_048;
/** What Go and nginx answer to plain HTTP on a port with TLS. */
const WANTS_HTTPS = /HTTP request to an HTTPS server|plain HTTP request was sent to HTTPS port/;

/** Recognises a body that is not a JSON object. Undefined: it is empty, or JSON that breaks off or is no object. */
export function foreignBody(bytes: Buffer): ForeignBody | undefined {
  const text = bytes.toString("utf8", 0, LOOKED_AT).trimStart();
  if (text === "" || /^[[{"]/.test(text)) return undefined;
  if (WANTS_HTTPS.test(text)) return "https wanted";
  return text.startsWith("<") ? "html" : "text";
}
