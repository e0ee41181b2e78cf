import { createSecretsManager, type SecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";
import { Inject, Module, type OnApplicationShutdown } from "@nestjs/common";

export const SECRETS = "SECRETS";

@Module({
  providers: [{ provide: SECRETS, useFactory: () => createSecretsManager({ plugins: [dbPlugin()] }) }],
  exports: [SECRETS],
})
export class SecretsModule implements OnApplicationShutdown {
  readonly #secrets: SecretsManager;

  constructor(@Inject(SECRETS) secrets: SecretsManager) {
    this.#secrets = secrets;
  }

  onApplicationShutdown(): Promise<void> {
    return this.#secrets.close();
  }
}
