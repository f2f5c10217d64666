/// <reference path="./.sst/platform/config.d.ts" />

const PRODUCTION = "production";

/** As cutover.yaml and the cost tag have it. */
const PROJECT = "LEGO-API";

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

type Stores = (name: string) => { readonly environment: Record<string, unknown> };

async function lambda(name: string, stores: Stores) {
  const { environment, ...access } = stores(name);
  return {
    ...(await code(name)),
    ...access,
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
      ...environment,
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

const ROUTES = {
  "GET /health": "health",
  "POST /mocs": "create-moc",
  "GET /mocs": "list-mocs",
  "GET /mocs/{id}": "get-moc",
  "POST /mocs/{id}/images": "request-image-upload",
  "GET /mocs/{id}/images": "list-images",
  "GET /search": "search-mocs",
  "POST /sessions": "create-session",
} as const;

const HANDLERS = [...Object.values(ROUTES), "fallback", "image-uploaded"];

/** The one place where tracing is turned on: SST calls this for every function, whoever makes it. */
async function traceEveryFunction() {
  const { traceFunction } = await import("./infra/tracing.ts");
  const settings = { project: PROJECT, stage: $app.stage, layer: process.env.TRACING_LAYER_ARN, env: process.env };
  $transform(sst.aws.Function, (args) => {
    traceFunction(args, settings, $output);
  });
}

/** Every role carries the boundary, or the roles that deploy may not make it: docs/oidc.md of cutover. */
function boundEveryRole() {
  const boundary = process.env.APP_BOUNDARY;
  if (!boundary) return;
  $transform(aws.iam.Role, (args) => {
    args.permissionsBoundary = boundary;
  });
}

/** What each function may reach, and how it finds it. A secret that was never set is empty: that store is in memory. */
async function storesBeside(images: sst.aws.Bucket): Promise<Stores> {
  const { storesOf } = await import("./infra/stores.ts");
  const secret = (name: string) => new sst.Secret(name, "").value;
  const secrets = {
    databaseUrl: secret("DatabaseUrl"),
    redisUrl: secret("RedisUrl"),
    cognitoClientSecret: secret("CognitoClientSecret"),
  };
  return (name) => storesOf(name, { images: { link: images, name: images.name }, secrets, env: process.env });
}

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
          defaultTags: { tags: { Project: PROJECT, Environment: input.stage } },
        },
      },
    };
  },

  async run() {
    boundEveryRole();
    await traceEveryFunction();
    const images = new sst.aws.Bucket("Images");
    const stores = await storesBeside(images);

    const domain = customDomain();
    const api = new sst.aws.ApiGatewayV1("Api", {
      // A weighted alias needs a regional endpoint.
      endpoint: { type: "regional" },
      cors: false,
      // Traces begin at the gateway.
      transform: { stage: { xrayTracingEnabled: true } },
      ...domain,
    });

    const routes = [];
    for (const [route, name] of Object.entries(ROUTES)) routes.push(api.route(route, await lambda(name, stores)));

    // Everything else gets our 404 or 405. A method of its own on a path goes before ANY on it.
    const fallback = new sst.aws.Function("Fallback", await lambda("fallback", stores));
    const paths = new Set(Object.keys(ROUTES).map((route) => route.split(" ")[1]));
    for (const path of ["/", ...paths, "/{proxy+}"]) api.route(`ANY ${path}`, fallback.arn);

    api.deploy();

    const uploaded = new sst.aws.Function("ImageUploaded", await lambda("image-uploaded", stores));
    images.notify({
      notifications: [{ name: "Uploaded", function: uploaded.arn, events: ["s3:ObjectCreated:*"] }],
    });

    const deployed = [...routes.map((route) => route.nodes.function), fallback, uploaded];
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
