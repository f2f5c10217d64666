// Called by main.go: measure.mjs <folder with the peer> <requests> <rounds>
import { execFileSync, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { readFileSync } from "node:fs";

const [peer, requests, rounds] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const app = path.resolve(import.meta.dirname, "../../examples/lego-api");
const { build } = createRequire(path.join(app, "package.json"))("esbuild");

const STUB = `
export const call = (_what, work) => work({ set: () => undefined });
export const traced = (_operation, handler) => handler;
export const kpi = () => undefined;
export const failed = () => undefined;
export const flushTracing = () => Promise.resolve();
export const formatTraceHeader = () => "", parseTraceHeader = () => undefined, newTraceId = () => "";
`;
const without = {
  name: "without",
  setup: (b) => {
    b.onResolve({ filter: /\/tracing\/index\.ts$/ }, () => ({ path: "none", namespace: "none" }));
    b.onLoad({ filter: /.*/, namespace: "none" }, () => ({ contents: STUB }));
  },
};
const bundle = async (entry, name, plugins) => {
  const outfile = path.join(peer, "out", `${name}.mjs`);
  await build({
    absWorkingDir: app,
    ...entry,
    outfile,
    plugins,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    minify: true,
    mainFields: ["module", "main"],
    banner: { js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);' },
    logLevel: "error",
  });
  return outfile;
};

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const share = (values, p) => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * p))];
const kib = (bytes) => (bytes / 1024).toFixed(1);

async function handlerTimes() {
  const contents = `
    export { createHandlers } from "./src/local/router.ts";
    export { createLocalDeps } from "./src/local/deps.ts";
    export { played } from "./src/local/played.ts";`;
  const entry = { stdin: { contents, resolveDir: app } };
  const load = async (name, plugins) => {
    const { createHandlers, createLocalDeps, played } = await import(pathToFileURL(await bundle(entry, name, plugins)).href);
    return createHandlers(played(createLocalDeps({}, () => "")));
  };
  const sink = await startSink();
  process.env.AWS_XRAY_DAEMON_ADDRESS = `127.0.0.1:${sink.port}`;
  const [none, ours] = [await load("handlers-none", [without]), await load("handlers-ours", [])];
  const write = process.stdout.write;
  process.stdout.write = () => true; // figures of the business are no part of this
  const ids = await Promise.all([none, ours].map(async (handlers) => JSON.parse((await handlers["create-moc"](create())).body).id));
  const sides = [
    { name: "nothing", handlers: none, id: ids[0], sampled: 1, times: [] },
    { name: "ours, recorded", handlers: ours, id: ids[1], sampled: 1, times: [] },
    { name: "ours, not sampled", handlers: ours, id: ids[1], sampled: 0, times: [] },
  ];
  for (let n = -2000; n < requests; n++) {
    // In turns, each beginning as often as the others, so that a slow moment of the machine hits all.
    for (let k = 0; k < sides.length; k++) {
      const side = sides[(n + 2001 + k) % sides.length];
      const event = get(side.id, side.sampled);
      const before = performance.now();
      await side.handlers["get-moc"](event);
      if (n >= 0) side.times.push((performance.now() - before) * 1000);
    }
  }
  process.stdout.write = write;
  sink.stop();
  console.log("A handler with a call to Redis and one to the database, both in memory; spans by UDP to a process on loopback:\n");
  console.log("| src/tracing | p50 | p99 | p50 more than nothing | pairs, median of the difference |");
  console.log("| :--- | ---: | ---: | ---: | ---: |");
  for (const { name, times } of sides) {
    const pairs = median(times.map((t, n) => t - sides[0].times[n]));
    const more = median(times) - median(sides[0].times);
    console.log(`| ${name} | ${median(times).toFixed(0)} µs | ${share(times, 0.99).toFixed(0)} µs | ${more.toFixed(0)} µs | ${pairs.toFixed(0)} µs |`);
  }
}

const requestContext = { requestId: "r" };
const create = () => ({
  httpMethod: "POST",
  resource: "/mocs",
  path: "/mocs",
  pathParameters: null,
  multiValueQueryStringParameters: null,
  headers: { "content-type": "application/json" },
  body: '{"title":"Castle","pieceCount":1,"tags":[]}',
  isBase64Encoded: false,
  requestContext,
});
const get = (id, sampled) => ({
  httpMethod: "GET",
  resource: "/mocs/{id}",
  path: `/mocs/${id}`,
  pathParameters: { id },
  multiValueQueryStringParameters: null,
  headers: { "x-amzn-trace-id": `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=${sampled}` },
  body: null,
  isBase64Encoded: false,
  requestContext,
});

async function startSink() {
  const code = `
    const socket = require("node:dgram").createSocket("udp4");
    socket.on("message", () => undefined).bind(0, "127.0.0.1", () => console.log(socket.address().port));`;
  const child = spawn(process.execPath, ["-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  const port = await new Promise((resolve) => child.stdout.once("data", (data) => resolve(Number(data))));
  return { port, stop: () => child.kill() };
}

const load = (file, required) => {
  const code = required
    ? `const t=performance.now();require(${JSON.stringify(file)});console.log("ms",performance.now()-t);process.exit()`
    : `const t=performance.now();import(${JSON.stringify(pathToFileURL(file).href)}).then(()=>{console.log("ms",performance.now()-t);process.exit()})`;
  const env = { PATH: process.env.PATH, OTEL_METRICS_EXPORTER: "none", OTEL_LOGS_EXPORTER: "none", AWS_LAMBDA_FUNCTION_NAME: "f" };
  const out = execFileSync(process.execPath, ["-e", code], { env, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return Number(/^ms ([\d.]+)$/m.exec(out)[1]);
};

const sizeOf = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(path.join(entry.parentPath, entry.name)).size, 0);

async function bundlesAndLoads() {
  const rows = [];
  for (const name of ["fallback", "get-moc"]) {
    const entry = { entryPoints: [`src/handlers/${name}.ts`] };
    rows.push({ name: `${name}, nothing`, file: await bundle(entry, `${name}-none`, [without]), times: [] });
    rows.push({ name: `${name}, ours`, file: await bundle(entry, `${name}-ours`, []), times: [] });
  }
  const register = createRequire(path.join(peer, "package.json")).resolve(
    "@aws/aws-distro-opentelemetry-node-autoinstrumentation/register",
  );
  const distribution = { name: "AWS's distribution, beside a bundle", file: register, required: true, times: [] };
  rows.push(distribution);
  for (let n = 0; n < rounds; n++) for (const row of rows) row.times.push(load(row.file, row.required));
  console.log("\n| function | size | gzip | load | fastest load |\n| :--- | ---: | ---: | ---: | ---: |");
  for (const { name, file, required, times } of rows) {
    const code = readFileSync(file);
    const [size, gzip] = required ? [kib(sizeOf(path.join(peer, "node_modules"))), "–"] : [kib(code.length), kib(gzipSync(code).length)];
    console.log(`| ${name} | ${size} KiB | ${gzip}${required ? "" : " KiB"} | ${median(times).toFixed(1)} ms | ${Math.min(...times).toFixed(1)} ms |`);
  }
}

await handlerTimes();
await bundlesAndLoads();
