import { spawn } from "node:child_process";
import { once } from "node:events";

const server = spawn(process.execPath, ["node_modules/next/dist/bin/next", "start", "--port", "0"]);
server.stderr.pipe(process.stderr);
try {
  const address = await addressOf(server);
  const page = await (await fetch(address)).text();
  if (!page.includes("<p>ghp_not_a_real_token</p>"))
    throw new Error(`The page does not show the value: ${page}`);
  console.log(await (await fetch(`${address}/token`)).text());
} finally {
  server.kill();
  await once(server, "exit");
}

async function addressOf({ stdout }) {
  let printed = "";
  for await (const text of stdout.setEncoding("utf8").iterator({ destroyOnReturn: false })) {
    printed += text;
    const address = /http:\/\/localhost:\d+/.exec(printed);
    if (address !== null) {
      stdout.resume();
      return address[0];
    }
  }
  throw new Error(`The server did not start: ${printed}`);
}
