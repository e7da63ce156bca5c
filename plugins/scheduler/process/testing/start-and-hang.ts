import process from "node:process";
import type { AttemptSpec } from "../../../../protocol/sdk/typescript/mod.ts";
import { NEVER, ProcessGround } from "./ground.ts";

/** A server that is going to be killed: `start-and-hang.ts FOLDER CONFIG SPECS` starts them and says so. */
const [folder = "", config = "", specs = ""] = process.argv.slice(2);
const ground = await ProcessGround.open(JSON.parse(config), { folder });
for (const spec of JSON.parse(specs) as readonly AttemptSpec[]) {
  await ground.scheduler.start(spec, NEVER);
}
console.log("started");
setInterval(() => {}, 60_000);
