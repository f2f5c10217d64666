import { S3Client } from "@aws-sdk/client-s3";
import { S3ImageStore } from "./adapters/s3/image-store.ts";
import type { Clock, Deps, ImageStore } from "./ports.ts";
import type { BaseDeps, Env } from "./runtime.ts";
import { createMocDeps, type MocStores } from "./runtime-mocs.ts";

export function createImageStore(env: Env, clock: Clock): ImageStore {
  const bucket = env["IMAGES_BUCKET"];
  if (!bucket) throw new Error("IMAGES_BUCKET is not set: it must name the bucket for images");
  const client = new S3Client({
    // A checksum cannot be signed ahead for bytes that are not there yet, and S3 does not ask for one here.
    requestChecksumCalculation: "WHEN_REQUIRED",
    requestHandler: { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true },
    maxAttempts: 2,
    // A server that stands in for S3 on this machine has no names for buckets.
    ...((env["AWS_ENDPOINT_URL_S3"] ?? env["AWS_ENDPOINT_URL"]) && { forcePathStyle: true }),
  });
  return new S3ImageStore(client, bucket, clock);
}

export function createImageDeps(env: Env): BaseDeps & MocStores & Pick<Deps, "images"> {
  const deps = createMocDeps(env);
  return { ...deps, images: createImageStore(env, deps.clock) };
}
