/** Another spelling of a secret: what a shell, an env file, an editor or a Kubernetes Secret makes of it. */
export interface SecretSpelling {
  readonly secret: string;
  /** How it differs, such as "with a newline at its end". It quotes nothing of the secret. */
  readonly difference: string;
}

/** A secret without what surrounds it. `lead` and `tail` are outside of the quotes, the inner ones inside. */
interface SecretParts {
  readonly lead: string;
  readonly quote: string;
  readonly innerLead: string;
  readonly core: string;
  readonly innerTail: string;
  readonly tail: string;
}

const BYTE_ORDER_MARK = "\uFEFF";
const QUOTES = ['"', "'", "`"];
/** The last is an escape that an env file did not decode. */
const TAILS = ["", "\n", "\r\n", " ", "\\n"];

const names: Readonly<Record<string, string>> = {
  [BYTE_ORDER_MARK]: "byte-order mark",
  "\n": "newline",
  "\r\n": "CRLF line break",
  "\r": "carriage return",
  " ": "space",
  "\\n": "backslash and n",
  '"': "double quotes",
  "'": "single quotes",
  "`": "backquotes",
};

/** Lists the other spellings of a secret, those with the fewest differences first. */
export function spellingsOf(secret: string): SecretSpelling[] {
  const given = splitSecret(secret);
  const variants: { readonly secret: string; readonly differences: readonly string[] }[] = [];
  for (const parts of variantsOf(given)) {
    variants.push({ secret: join(parts), differences: differencesOf(given, parts) });
  }
  variants.sort((left, right) => left.differences.length - right.differences.length);
  const seen = new Set([secret, ""]);
  return variants.flatMap((variant) => {
    if (seen.has(variant.secret)) return [];
    seen.add(variant.secret);
    return [{ secret: variant.secret, difference: variant.differences.join(" and ") }];
  });
}

/** Says what is unusual at the ends of a secret, such as "ends with a newline". Undefined: nothing. */
export function unusualEnds(secret: string): string | undefined {
  const { lead, quote, innerLead, core, innerTail, tail } = splitSecret(secret);
  const ends: string[] = [];
  if (lead !== "") ends.push(`begins with ${a(lead)}`);
  if (quote !== "") ends.push(`is in ${nameOf(quote)}`);
  if (innerLead + innerTail !== "") ends.push("has whitespace inside the quotes");
  if (QUOTES.includes(core[0] ?? "")) ends.push("begins with a quotation mark");
  if (QUOTES.includes(core.at(-1) ?? "")) ends.push("ends with a quotation mark");
  if (tail !== "") ends.push(`ends with ${a(tail)}`);
  return ends.length === 0 ? undefined : ends.join(" and ");
}

function splitSecret(secret: string): SecretParts {
  // A byte-order mark is whitespace to JavaScript.
  const trimmed = secret.trim();
  const lead = secret.slice(0, secret.length - secret.trimStart().length);
  const tail = trimmed === "" ? "" : secret.slice(secret.trimEnd().length);
  const quote = trimmed.length > 1 && trimmed.at(-1) === trimmed[0] ? trimmed.slice(0, 1) : "";
  if (!QUOTES.includes(quote)) {
    return { lead, quote: "", innerLead: "", core: trimmed, innerTail: "", tail };
  }
  const inside = trimmed.slice(1, -1);
  const core = inside.trim();
  const innerLead = inside.slice(0, inside.length - inside.trimStart().length);
  const innerTail = core === "" ? "" : inside.slice(inside.trimEnd().length);
  return { lead, quote, innerLead, core, innerTail, tail };
}

function* variantsOf(given: SecretParts): Generator<SecretParts> {
  const unixCore = given.core.replaceAll("\r\n", "\n");
  const cores = new Set([given.core, unixCore, unixCore.replaceAll("\n", "\r\n")]);
  for (const core of cores)
    for (const lead of new Set([given.lead, "", BYTE_ORDER_MARK, " "]))
      for (const quote of new Set([given.quote, "", '"', "'"]))
        for (const innerLead of new Set([given.innerLead, ""]))
          for (const innerTail of new Set([given.innerTail, ...(quote === "" ? [""] : TAILS)]))
            for (const tail of new Set([given.tail, ...TAILS]))
              yield { lead, quote, innerLead, core, innerTail, tail };
}

function join({ lead, quote, innerLead, core, innerTail, tail }: SecretParts): string {
  return `${lead}${quote}${innerLead}${core}${innerTail}${quote}${tail}`;
}

function differencesOf(given: SecretParts, other: SecretParts): string[] {
  const inside = other.quote === "" ? "" : " inside the quotes";
  return [
    difference(given.lead, other.lead, "at its beginning"),
    quotesDifference(given.quote, other.quote),
    difference(given.innerLead, other.innerLead, `at its beginning${inside}`),
    given.core === other.core
      ? undefined
      : `with ${given.core.includes("\r\n") && !other.core.includes("\r\n") ? "newlines" : "CRLF line breaks"} between its lines`,
    difference(given.innerTail, other.innerTail, `at its end${inside}`),
    difference(given.tail, other.tail, "at its end"),
  ].filter((text) => text !== undefined);
}

function difference(given: string, other: string, place: string): string | undefined {
  if (given === other) return undefined;
  if (other === "") return `without the ${nameOf(given)} ${place}`;
  const instead = given === "" ? "" : ` instead of ${a(given)}`;
  return `with ${a(other)}${instead} ${place}`;
}

function quotesDifference(given: string, other: string): string | undefined {
  if (given === other) return undefined;
  if (other === "") return `without the ${nameOf(given)} around it`;
  return `with ${nameOf(other)}${given === "" ? "" : ` instead of ${nameOf(given)}`} around it`;
}

function a(text: string): string {
  const name = nameOf(text);
  return name === "whitespace" ? name : `a ${name}`;
}

function nameOf(text: string): string {
  return names[text] ?? "whitespace";
}
