import { randomUUID } from "node:crypto";
import { S3Client, PutObjectCommand } from "@aws-sdk/client-s3";
import { describe, expect, it, vi } from "vitest";
import { createImageStore } from "../../src/runtime-images.ts";
import { given } from "./support.ts";

const bucket = given("TEST_S3_BUCKET");
const env = { IMAGES_BUCKET: bucket, AWS_ENDPOINT_URL_S3: given("TEST_S3_ENDPOINT") };

describe("images in S3", () => {
  it("are there once they were uploaded as they were signed", async () => {
    const store = createImageStore(env, () => new Date());
    const key = `mocs/${randomUUID()}/${randomUUID()}.png`;
    await expect(store.head(key)).resolves.toBeUndefined();
    const { url, method, headers } = await store.presignUpload({ key, contentType: "image/png", sizeBytes: 3, expiresInSeconds: 60 });
    expect((await fetch(url, { method, headers: { "content-type": "text/html" }, body: "png" })).status).toBe(403);
    expect((await fetch(url, { method, headers, body: "png" })).status).toBe(200);
    await expect(store.head(key)).resolves.toEqual({ contentType: "image/png", sizeBytes: 3 });
  });

  it("that are something else are seen to be", async () => {
    const store = createImageStore(env, () => new Date());
    const client = new S3Client({ forcePathStyle: true });
    const key = `mocs/${randomUUID()}/${randomUUID()}.png`;
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: "<html>", ContentType: "text/html" }));
    await expect(store.head(key)).resolves.toEqual({ contentType: "text/html", sizeBytes: 6 });
  });

  it("that cannot be asked for are an error, not an absence", async () => {
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "wrong");
    await expect(createImageStore(env, () => new Date()).head("mocs/a/b.png")).rejects.toThrow();
  });
});
