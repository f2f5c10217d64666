/** Every route once, as API Gateway names them. sst.config.ts repeats it, and a test holds the two together. */
export const API = [
  { method: "GET", resource: "/health", handler: "health" },
  { method: "POST", resource: "/mocs", handler: "create-moc" },
  { method: "GET", resource: "/mocs", handler: "list-mocs" },
  { method: "GET", resource: "/mocs/{id}", handler: "get-moc" },
  { method: "POST", resource: "/mocs/{id}/images", handler: "request-image-upload" },
  { method: "GET", resource: "/mocs/{id}/images", handler: "list-images" },
  { method: "GET", resource: "/search", handler: "search-mocs" },
  { method: "POST", resource: "/sessions", handler: "create-session" },
] as const;

/** Where API Gateway sends whatever no other resource takes. */
export const ANY_OTHER = "/{proxy+}";

/** What runs without a request: the bucket's event calls it. */
export const EVENTS = [{ source: "images", event: "s3:ObjectCreated:*", handler: "image-uploaded" }] as const;

export type HandlerName = (typeof API)[number]["handler"] | "fallback";

export const methodsOf = (resource: string): string[] =>
  API.filter((entry) => entry.resource === resource).map((entry) => entry.method);
