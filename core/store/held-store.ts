import process from "node:process";
import { openStore } from "./store.ts";

/* For the test of the lock: opens a store, says so, and holds it until it is killed. */
const store = await openStore({ path: process.argv[2]! });
process.stdout.write(`held ${store.epoch}\n`);
setInterval(() => {}, 1_000);
