/// <reference path="./.sst/platform/config.d.ts" />

const PRODUCTION = "production";

/**
 * A function ships the very bundle that was built, tested and recorded in dist/manifest.json. "sst dev" is the
 * exception: it follows the sources.
 */
async function code(name: string) {
  if ($dev) return { handler: `src/handlers/${name}.handler` };
  const { existsSync } = await import("node:fs");
  const { resolve } = await import("node:path");
  const bundle = resolve("dist/functions", name);
  if (!existsSync(`${bundle}/index.mjs`)) {
    throw new Error(`dist/functions/${name} is missing: run "pnpm build" before "sst deploy"`);
  }
  return { bundle, handler: "index.handler" };
}

/** What every function has. API Gateway gives up after 29 seconds; nothing here should take a third of that. */
const SIZE = { architecture: "arm64", memory_mb: 512, timeout_seconds: 10 } as const;

// A name that can be known beforehand, for dashboards, alarms and comparisons.
const named = (name: string) => `${$app.name}-${$app.stage}-${name}`;

async function lambda(name: string) {
  return {
    ...(await code(name)),
    name: named(name),
    runtime: "nodejs22.x" as const,
    architecture: SIZE.architecture,
    memory: `${SIZE.memory_mb} MB` as const,
    timeout: `${SIZE.timeout_seconds} seconds` as const,
    environment: {
      APP_VERSION: process.env.APP_VERSION ?? "unknown",
      APP_COMMIT: process.env.APP_COMMIT ?? "unknown",
      APP_STAGE: $app.stage,
      NODE_OPTIONS: "--enable-source-maps",
    },
  };
}

/** SST leaves the DNS alone: a weighted record in front of the API moves the traffic, and somebody else owns it. */
function customDomain() {
  const name = process.env.API_DOMAIN;
  const cert = process.env.API_CERT_ARN;
  if (Boolean(name) !== Boolean(cert)) throw new Error("set both of API_DOMAIN and API_CERT_ARN, or neither");
  return name && cert ? { domain: { name, dns: false as const, cert } } : {};
}

const HANDLERS = ["health", "create-moc", "list-mocs", "get-moc", "request-image-upload", "search-mocs", "fallback"];

/** What watches the stage, where cutover.yaml says that the app deploys it; else the action monitoring-stack does. */
async function monitoring(logGroups: unknown[]) {
  const { readFileSync } = await import("node:fs");
  const { resolve } = await import("node:path");
  const { monitoringStack, settingsIn } = await import("./infra/monitoring.ts");
  const config = resolve("cutover.yaml");
  const { project, owner } = settingsIn(readFileSync(config, "utf8"));
  if (owner !== "sst" || $dev) return {};
  const functions = HANDLERS.map((name) => ({ name: named(name), ...SIZE }));
  return monitoringStack(aws, { config, project, stage: $app.stage, functions, logGroups }, process.env);
}

export default $config({
  app(input) {
    return {
      name: "lego-api",
      home: "aws",
      // The same as in package.json: SST refuses to run in any other version.
      version: "4.17.1",
      // What production stores outlives its stack, and "sst remove" does not run there at all.
      removal: input.stage === PRODUCTION ? "retain" : "remove",
      protect: input.stage === PRODUCTION,
      providers: {
        aws: {
          // The one this version of SST is made with. Without it, a deploy takes whatever is newest that day.
          version: "7.20.0",
          // The one place for tags: the provider puts them on everything it makes.
          defaultTags: { tags: { Project: "LEGO-API", Environment: input.stage } },
        },
      },
    };
  },

  async run() {
    const images = new sst.aws.Bucket("Images");

    const domain = customDomain();
    const api = new sst.aws.ApiGatewayV1("Api", {
      // A weighted alias needs a regional endpoint.
      endpoint: { type: "regional" },
      cors: false,
      ...domain,
    });

    const upload = await lambda("request-image-upload");
    const routes = [
      api.route("GET /health", await lambda("health")),
      api.route("POST /mocs", await lambda("create-moc")),
      api.route("GET /mocs", await lambda("list-mocs")),
      api.route("GET /mocs/{id}", await lambda("get-moc")),
      api.route("POST /mocs/{id}/images", {
        ...upload,
        link: [images],
        environment: { ...upload.environment, IMAGES_BUCKET: images.name },
      }),
      api.route("GET /search", await lambda("search-mocs")),
    ];

    // Everything else gets our 404 or 405. A method of its own on a path goes before ANY on it.
    const fallback = new sst.aws.Function("Fallback", await lambda("fallback"));
    for (const path of ["/", "/health", "/mocs", "/mocs/{id}", "/mocs/{id}/images", "/search", "/{proxy+}"]) {
      api.route(`ANY ${path}`, fallback.arn);
    }

    api.deploy();

    const deployed = [...routes.map((route) => route.nodes.function), fallback];
    return {
      url: api.url,
      images: images.name,
      functions: deployed.map((fn) => fn.name),
      ...(await monitoring(deployed.map((fn) => fn.nodes.logGroup.apply((group) => group ?? fn)))),
      ...("domain" in domain
        ? {
            domainTarget: api.nodes.domainName.regionalDomainName,
            domainTargetZone: api.nodes.domainName.regionalZoneId,
          }
        : {}),
    };
  },
});
