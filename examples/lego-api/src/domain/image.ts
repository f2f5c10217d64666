import { FieldReader } from "./validation.ts";

/** SVG is left out on purpose: it can carry script. */
export const IMAGE_TYPES = ["image/jpeg", "image/png", "image/webp"] as const;

export type ImageType = (typeof IMAGE_TYPES)[number];

const EXTENSIONS: Readonly<Record<ImageType, string>> = {
  "image/jpeg": "jpg",
  "image/png": "png",
  "image/webp": "webp",
};

export const MAX_IMAGE_BYTES = 10 * 1024 * 1024;
export const UPLOAD_SECONDS = 15 * 60;

export interface ImageRequest {
  readonly contentType: ImageType;
  readonly sizeBytes: number;
}

export function parseImageRequest(input: unknown): ImageRequest {
  const reader = new FieldReader(input, ["contentType", "sizeBytes"]);
  const contentType = reader.oneOf("contentType", IMAGE_TYPES);
  const sizeBytes = reader.integer("sizeBytes", { min: 1, max: MAX_IMAGE_BYTES });
  reader.finish();
  return { contentType, sizeBytes };
}

/** Built from ids of our own only, so no name chosen by a client ever becomes part of a path. */
export const imageKey = (mocId: string, imageId: string, type: ImageType): string =>
  `mocs/${mocId}/${imageId}.${EXTENSIONS[type]}`;
