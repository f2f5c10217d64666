// Which function gets which store. A store that nobody names stays in memory, with a warning in the log.

export type Env = Readonly<Record<string, string | undefined>>;

type Store = "database" | "cache" | "search" | "images" | "sessions";

/** What src/runtime-*.ts takes on for each handler. A test holds that no handler is missing here. */
export const NEEDS: Readonly<Record<string, readonly Store[]>> = {
  health: ["database", "cache", "search"],
  "create-moc": ["database", "cache", "search"],
  "list-mocs": ["database", "cache"],
  "get-moc": ["database", "cache"],
  "request-image-upload": ["database", "cache", "images"],
  "list-images": ["database", "cache", "images"],
  "image-uploaded": ["database", "cache", "images"],
  "search-mocs": ["search"],
  "create-session": ["sessions"],
  fallback: [],
};

/** What one can say aloud comes from the environment of the deployment, addresses with a password from SST's secrets. */
const PLAIN: Readonly<Record<Store, readonly string[]>> = {
  database: ["DATABASE_CA"],
  cache: [],
  search: ["OPENSEARCH_URL", "OPENSEARCH_INDEX"],
  images: [],
  sessions: ["COGNITO_DOMAIN", "COGNITO_CLIENT_ID"],
};

export interface Given<Bucket, Secret> {
  readonly images: { readonly link: Bucket; readonly name: unknown };
  readonly secrets: { readonly databaseUrl: Secret; readonly redisUrl: Secret; readonly cognitoClientSecret: Secret };
  readonly env: Env;
}

/** A function's arguments as far as its stores go. */
export function storesOf<Bucket, Secret>(name: string, { images, secrets, env }: Given<Bucket, Secret>): {
  environment: Record<string, unknown>;
  link?: Bucket[];
  permissions?: { actions: string[]; resources: string[] }[];
  vpc?: { privateSubnets: string[]; securityGroups: string[] };
} {
  const needs = NEEDS[name];
  if (needs === undefined) throw new Error(`infra/stores.ts does not say which stores ${name} needs`);
  const has = (store: Store): boolean => needs.includes(store);
  const plain = needs.flatMap((store) => PLAIN[store]).flatMap((key) => (env[key] ? [[key, env[key]]] : []));
  const domain = env["OPENSEARCH_ARN"];
  const network = networkIn(env);
  return {
    environment: {
      ...(Object.fromEntries(plain) as Record<string, string>),
      ...(has("database") && { DATABASE_URL: secrets.databaseUrl }),
      ...(has("cache") && { REDIS_URL: secrets.redisUrl }),
      ...(has("sessions") && { COGNITO_CLIENT_SECRET: secrets.cognitoClientSecret }),
      ...(has("images") && { IMAGES_BUCKET: images.name }),
    },
    ...(has("images") && { link: [images.link] }),
    ...(has("search") &&
      domain && {
        permissions: [{ actions: ["es:ESHttpGet", "es:ESHttpHead", "es:ESHttpPost", "es:ESHttpPut"], resources: [domain, `${domain}/*`] }],
      }),
    // Databases and caches are in a network of their own; whatever needs neither stays outside of it.
    ...(network && (has("database") || has("search")) && { vpc: network }),
  };
}

function networkIn(env: Env): { privateSubnets: string[]; securityGroups: string[] } | undefined {
  const list = (name: string): string[] => (env[name] ?? "").split(",").map((id) => id.trim()).filter(Boolean);
  const privateSubnets = list("VPC_SUBNETS");
  const securityGroups = list("VPC_SECURITY_GROUPS");
  if (privateSubnets.length > 0 !== securityGroups.length > 0) {
    throw new Error("set both of VPC_SUBNETS and VPC_SECURITY_GROUPS, or neither");
  }
  return privateSubnets.length > 0 ? { privateSubnets, securityGroups } : undefined;
}
