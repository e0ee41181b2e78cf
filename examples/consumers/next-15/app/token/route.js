import { openSecrets } from "../secrets.js";

export const dynamic = "force-dynamic";

export async function GET() {
  const secrets = await openSecrets();
  const secret = await secrets.get("github_token");
  return new Response(secret?.value.token);
}
