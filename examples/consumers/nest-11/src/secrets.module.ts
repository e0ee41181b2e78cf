import { createSecretsManager, SecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";
import { Module, type OnApplicationShutdown } from "@nestjs/common";

@Module({
  providers: [{ provide: SecretsManager, useFactory: () => createSecretsManager({ plugins: [dbPlugin()] }) }],
  exports: [SecretsManager],
})
export class SecretsModule implements OnApplicationShutdown {
  readonly #secrets: SecretsManager;

  constructor(secrets: SecretsManager) {
    this.#secrets = secrets;
  }

  onApplicationShutdown(): Promise<void> {
    return this.#secrets.close();
  }
}
