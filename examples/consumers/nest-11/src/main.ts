import "reflect-metadata";
import { Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { SecretsModule } from "./secrets.module.js";
import { TokenController } from "./token.controller.js";

@Module({ imports: [SecretsModule], controllers: [TokenController] })
class ApplicationModule {}

async function main(): Promise<void> {
  const application = await NestFactory.create(ApplicationModule, { logger: ["warn", "error"] });
  application.enableShutdownHooks();
  await application.listen(0);
  const answer = await fetch(`${await application.getUrl()}/token`);
  console.log(await answer.text());
  await application.close();
}

main();
