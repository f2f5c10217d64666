import { S3Client } from "@aws-sdk/client-s3";
import { S3ImageStore } from "./adapters/s3/image-store.ts";
import type { Clock, Deps, ImageStore } from "./ports.ts";
import { createBaseDeps, type Env } from "./runtime.ts";

export function createImageStore(env: Env, clock: Clock): ImageStore {
  const bucket = env["IMAGES_BUCKET"];
  if (!bucket) throw new Error("IMAGES_BUCKET is not set: it must name the bucket for images");
  // A checksum cannot be signed ahead for bytes that are not there yet, and S3 does not ask for one here.
  return new S3ImageStore(new S3Client({ requestChecksumCalculation: "WHEN_REQUIRED" }), bucket, clock);
}

export function createDeps(env: Env): Deps {
  const base = createBaseDeps(env);
  return { ...base, images: createImageStore(env, base.clock) };
}
