import { createHash, createHmac } from "node:crypto";
import { S3Client } from "@aws-sdk/client-s3";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { S3ImageStore } from "../../../src/adapters/s3/image-store.ts";
import { createImageStore } from "../../../src/runtime-images.ts";
import { type Running, serve } from "../../servers/http.ts";
import { START } from "../support.ts";

const SECRET = "not-a-real-secret";
const clock = (): Date => new Date(START);
const request = { key: "mocs/a/b.png", contentType: "image/png", sizeBytes: 1234, expiresInSeconds: 900 } as const;

const store = (): S3ImageStore =>
  new S3ImageStore(
    new S3Client({
      region: "eu-west-1",
      credentials: { accessKeyId: "not-a-real-key", secretAccessKey: SECRET },
      requestChecksumCalculation: "WHEN_REQUIRED",
    }),
    "images-bucket",
    clock,
  );

/** The signature S3 would compute for this request: Signature Version 4 from its description, not from the SDK. */
function signatureOf(url: URL, headers: Record<string, string>): string {
  const hmac = (key: string | Buffer, data: string): Buffer => createHmac("sha256", key).update(data).digest();
  const encode = (text: string): string =>
    encodeURIComponent(text).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  const query = [...url.searchParams]
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join("&");
  const names = Object.keys(headers).sort();
  const canonical = [
    "PUT",
    url.pathname,
    query,
    ...names.map((name) => `${name}:${headers[name] ?? ""}`),
    "",
    names.join(";"),
    "UNSIGNED-PAYLOAD",
  ].join("\n");
  const scope = "20260102/eu-west-1/s3/aws4_request";
  const hash = createHash("sha256").update(canonical).digest("hex");
  const toSign = ["AWS4-HMAC-SHA256", "20260102T030405Z", scope, hash].join("\n");
  const key = ["eu-west-1", "s3", "aws4_request"].reduce<Buffer>(hmac, hmac(`AWS4${SECRET}`, "20260102"));
  return hmac(key, toSign).toString("hex");
}

describe("S3ImageStore", () => {
  it("signs the method, place, type and size, so that S3 takes that upload and no other", async () => {
    const upload = await store().presignUpload(request);
    const url = new URL(upload.url);
    const headers = { "content-length": "1234", "content-type": "image/png", host: url.host };
    expect(url.host).toBe("images-bucket.s3.eu-west-1.amazonaws.com");
    expect(url.pathname).toBe("/mocs/a/b.png");
    const signature = url.searchParams.get("X-Amz-Signature");
    expect(signature).toBe(signatureOf(url, headers));
    expect(signature).not.toBe(signatureOf(url, { ...headers, "content-length": "1235" }));
    expect(signature).not.toBe(signatureOf(url, { ...headers, "content-type": "image/jpeg" }));
  });

  it("says how to send it, and never promises more time than was signed", async () => {
    const upload = await store().presignUpload(request);
    const query = new URL(upload.url).searchParams;
    expect(upload).toMatchObject({ method: "PUT", headers: { "content-type": "image/png" } });
    expect(query.get("X-Amz-Date")).toBe("20260102T030405Z");
    expect(query.get("X-Amz-Expires")).toBe("900");
    expect(upload.expiresAt).toBe("2026-01-02T03:19:05.000Z");
    expect([...query.keys()].filter((name) => /checksum/i.test(name))).toEqual([]);
  });
});

describe("S3ImageStore.head", () => {
  let server: Running;
  let status = 200;
  beforeEach(async () => {
    server = await serve(() => ({ status, body: "png" }));
    vi.stubEnv("AWS_REGION", "us-east-1");
    vi.stubEnv("AWS_ACCESS_KEY_ID", "not-a-real-key");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", SECRET);
    vi.stubEnv("AWS_ENDPOINT_URL_S3", server.url);
  });
  afterEach(() => server.stop());
  const head = () => createImageStore({ IMAGES_BUCKET: "b", AWS_ENDPOINT_URL_S3: server.url }, clock).head(request.key);

  it.each<[number, unknown]>([
    [200, { contentType: "application/json", sizeBytes: 3 }],
    [404, undefined],
  ])("asks by HEAD, and takes %i for what it is", async (answer, found) => {
    status = answer;
    await expect(head()).resolves.toEqual(found);
    expect(server.requests).toMatchObject([{ method: "HEAD", url: { pathname: "/b/mocs/a/b.png" } }]);
  });

  it("takes nothing else for an absence", async () => {
    status = 403;
    await expect(head()).rejects.toThrow();
    expect(server.requests).toHaveLength(1);
  });
});

describe("createImageStore", () => {
  it("signs for the bucket of its environment", async () => {
    vi.stubEnv("AWS_REGION", "us-east-1");
    vi.stubEnv("AWS_ACCESS_KEY_ID", "not-a-real-key");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", SECRET);
    const upload = await createImageStore({ IMAGES_BUCKET: "from-env" }, clock).presignUpload(request);
    const url = new URL(upload.url);
    expect(url.host).toBe("from-env.s3.us-east-1.amazonaws.com");
    expect([...url.searchParams.keys()].filter((name) => /checksum/i.test(name))).toEqual([]);
  });

  it.each([{}, { IMAGES_BUCKET: "" }])("refuses to start without a bucket", (env) => {
    expect(() => createImageStore(env, clock)).toThrow("IMAGES_BUCKET is not set");
  });
});
