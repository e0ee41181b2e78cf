import { refused, settingSchema } from "@archestra/secrets-core/plugin";

/** A URL without credentials, path or query. */
export const stsEndpoint = settingSchema<string, URL>((input) => {
  if (typeof input !== "string" || !/^https?:\/\//i.test(input.trim()))
    return refused("must begin with `https://`");
  const url = URL.parse(input.trim());
  if (url === null) return refused("must be a URL such as `https://sts.eu-central-1.amazonaws.com`");
  if (url.username !== "" || url.password !== "") return refused("must not contain a user or a password");
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "")
    return refused("must not contain a path, `?` or `#`");
  return { value: url };
});

/** The region that an endpoint of AWS belongs to. Undefined: it is not an endpoint of AWS, and may have any region. */
export function regionOfEndpoint({ hostname }: URL): string | undefined {
  if (hostname === "sts.amazonaws.com") return "us-east-1";
  return /^sts(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$/.exec(hostname)?.[1];
}

/** The endpoint of a region. */
export function endpointOfRegion(region: string): string {
  return `https://sts.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
}
