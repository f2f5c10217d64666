// Runs the API on this machine: PORT (3000; 0 takes a free one) and HOST (127.0.0.1) say where.
import { pathToFileURL } from "node:url";
import { bundleLocalServer } from "./bundle.mjs";

const bundle = /** @type {unknown} */ (await import(pathToFileURL(await bundleLocalServer()).href));
const { main } = /** @type {typeof import("../src/local/main.ts")} */ (bundle);

await main({
  env: process.env,
  print: console.log,
  onStopSignal: (stop) => {
    process.once("SIGTERM", stop).once("SIGINT", stop);
  },
});
