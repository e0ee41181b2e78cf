import type { StandardSchema } from "@archestra/secrets-core/plugin";

/** A URL without credentials, path or query. */
export const stsEndpoint: StandardSchema<string, URL> = Object.freeze({
  "~standard": Object.freeze({
    version: 1 as const,
    vendor: "archestra",
    validate(input: unknown) {
      const refuse = (message: string) => ({ issues: [{ message }] });
      if (typeof input !== "string" || !/^https?:\/\//i.test(input.trim()))
        return refuse("must begin with `https://`");
      const url = parse(input.trim());
      if (url === undefined) return refuse("must be a URL such as `https://sts.eu-central-1.amazonaws.com`");
      if (url.username !== "" || url.password !== "") return refuse("must not hold a user or a password");
      if (url.pathname !== "/" || url.search !== "" || url.hash !== "")
        return refuse("must not hold a path, `?` or `#`");
      return { value: url };
    },
  }),
});

function parse(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/** The region that an endpoint of AWS belongs to. Undefined: it is none of AWS, and may be any. */
export function regionOfEndpoint({ hostname }: URL): string | undefined {
  if (hostname === "sts.amazonaws.com") return "us-east-1";
  return /^sts(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$/.exec(hostname)?.[1];
}

/** The endpoint of a region. */
export function endpointOfRegion(region: string): string {
  return `https://sts.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
}
