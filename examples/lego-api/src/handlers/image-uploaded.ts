import { imageIdIn } from "../domain/image.ts";
import type { Deps } from "../ports.ts";
import { lambda } from "../runtime.ts";
import { createImageDeps } from "../runtime-images.ts";
import { settle } from "../uploads.ts";

/** What is used of S3's event. */
export interface UploadEvent {
  readonly Records: readonly { readonly s3: { readonly object: { readonly key: string } } }[];
}

export interface UploadResult {
  readonly marked: number;
  readonly ignored: number;
}

type Needs = Pick<Deps, "images" | "catalog" | "clock" | "log">;

/**
 * The bucket tells of new objects, at least once and in any order. What it tells is only where to look. If anything
 * fails, the others are still done and then the event fails as a whole: Lambda brings it again, and nothing is counted twice.
 */
export const imageUploaded =
  (deps: Needs) =>
  async ({ Records }: UploadEvent): Promise<UploadResult> => {
    let marked = 0;
    let ignored = 0;
    const failures: unknown[] = [];
    for (const { s3 } of Records) {
      try {
        if (await arrived(deps, s3.object.key)) marked++;
        else ignored++;
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) {
      throw new AggregateError(failures, `${failures.length} of ${Records.length} uploads could not be looked into`, {
        cause: failures[0],
      });
    }
    return { marked, ignored };
  };

async function arrived(deps: Needs, encodedKey: string): Promise<boolean> {
  // S3 encodes keys in events as forms do (source: Amazon S3 User Guide, "Event message structure").
  const key = decodeURIComponent(encodedKey.replaceAll("+", " "));
  const id = imageIdIn(key);
  const image = id === undefined ? undefined : await deps.catalog.get(id);
  if (image === undefined) {
    deps.log.warn("the bucket holds what nobody asked for", { key });
    return false;
  }
  const outcome = await settle(deps, image);
  if (outcome === "different") deps.log.warn("the bucket holds something else than was signed for", { key });
  return outcome === "marked";
}

export const handler = lambda("image-uploaded", imageUploaded, createImageDeps);
