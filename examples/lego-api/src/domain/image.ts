import { isUuid } from "./ids.ts";
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

export interface Image extends ImageRequest {
  readonly id: string;
  readonly mocId: string;
  readonly createdAt: string;
  /** Absent until the bytes that were signed for lie in the bucket. */
  readonly uploadedAt?: string;
}

export const keyOf = ({ mocId, id, contentType }: Image): string => imageKey(mocId, id, contentType);

/** The image a key belongs to, or nothing where the key is none of ours. */
export function imageIdIn(key: string): string | undefined {
  const [root, mocId = "", file = "", ...rest] = key.split("/");
  const [id = "", extension = "", ...more] = file.split(".");
  const ours = root === "mocs" && rest.length === 0 && more.length === 0 && isUuid(mocId) && isUuid(id);
  return ours && Object.values(EXTENSIONS).includes(extension) ? id : undefined;
}

/** Whether what lies in the bucket is what was signed for. */
export const isAsSigned = (
  image: Image,
  stored: { readonly contentType: string | undefined; readonly sizeBytes: number | undefined },
): boolean => stored.contentType === image.contentType && stored.sizeBytes === image.sizeBytes;
