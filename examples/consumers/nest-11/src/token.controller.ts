import { SecretsManager } from "@archestra/secrets-core";
import { Controller, Get } from "@nestjs/common";

@Controller()
export class TokenController {
  readonly #secrets: SecretsManager;

  constructor(secrets: SecretsManager) {
    this.#secrets = secrets;
  }

  @Get("token")
  async token(): Promise<unknown> {
    await this.#secrets.set("github_token", { token: "ghp_not_a_real_token" });
    const secret = await this.#secrets.get("github_token");
    return secret?.value.token;
  }
}
