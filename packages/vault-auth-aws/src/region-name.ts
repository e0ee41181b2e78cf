import { refused, settingSchema } from "@archestra/secrets-core/plugin";

/** Letters in groups and a number, such as all regions have, unlike the hexadecimal text of a key. */
const REGION = /^(?=.{1,32}$)[a-z]+(?:-[a-z]+)*(?:-\d{1,2})?$/;

/** A region such as `eu-central-1`. */
export const regionName = settingSchema<string>((input) => {
  const text = typeof input === "string" ? input.trim() : "";
  return REGION.test(text) ? { value: text } : refused("must be a region such as `eu-central-1`");
});
