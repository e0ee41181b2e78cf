import { openSecrets } from "./secrets.js";

export const dynamic = "force-dynamic";

export default async function Page() {
  const secrets = await openSecrets();
  await secrets.set("github_token", { token: "ghp_not_a_real_token" });
  const secret = await secrets.get("github_token");
  return <p>{secret?.value.token}</p>;
}
