import { createHash, createHmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";

type Env = Readonly<Record<string, string | undefined>>;

export interface SearchRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** The headers a request is to be sent with. */
export type Sign = (request: SearchRequest) => Promise<Record<string, string>>;

export const unsigned: Sign = ({ headers }) => Promise.resolve({ ...headers });

// Domains of OpenSearch Service, old and new, and collections of OpenSearch Serverless.
const HOSTS = [
  { shape: /\.([a-z0-9-]+)\.es\.amazonaws\.com$/, service: "es" },
  { shape: /\.aos\.([a-z0-9-]+)\.on\.aws$/, service: "es" },
  { shape: /\.([a-z0-9-]+)\.aoss\.amazonaws\.com$/, service: "aoss" },
] as const;

/** Signature Version 4 for a host of AWS; undefined for any other host, which would have no use for it. */
export function signerFor(hostname: string, env: Env, clock: () => Date): Sign | undefined {
  for (const { shape, service } of HOSTS) {
    const region = shape.exec(hostname)?.[1];
    if (region !== undefined) return signer(service, region, env, clock);
  }
  return undefined;
}

function signer(service: string, region: string, env: Env, clock: () => Date): Sign {
  const signature = new SignatureV4({ service, region, credentials: () => Promise.resolve(credentialsIn(env)), sha256: Sha256 });
  return async ({ method, url, headers, body }) => {
    const signed = await signature.sign(
      {
        method,
        protocol: url.protocol,
        hostname: url.hostname,
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        headers: { ...headers, host: url.host },
        ...(body !== undefined && { body }),
      },
      { signingDate: clock() },
    );
    return signed.headers;
  };
}

/** Lambda puts the role's credentials into the environment; they outlive the instance. */
function credentialsIn(env: Env): { accessKeyId: string; secretAccessKey: string; sessionToken?: string } {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken } = env;
  if (!accessKeyId || !secretAccessKey) {
    throw new Error("OPENSEARCH_URL names a host of AWS, but AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set");
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
}

/** SHA-256, or HMAC with it, in the shape that the signer asks for. */
class Sha256 {
  private readonly hash: ReturnType<typeof createHash> | ReturnType<typeof createHmac>;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.hash = secret === undefined ? createHash("sha256") : createHmac("sha256", bytes(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.hash.update(bytes(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.hash.digest());
  }

  reset(): void {
    throw new Error("a hash is used once");
  }
}

function bytes(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === "string") return Buffer.from(data);
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
}
