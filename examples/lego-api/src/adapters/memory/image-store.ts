import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock, ImageStore, StoredObject, Upload, UploadRequest } from "../../ports.ts";

export interface Receipt {
  readonly path: string;
  readonly contentType: string | undefined;
  readonly bytes: Buffer;
}

interface Expected {
  readonly contentType: string;
  readonly sizeBytes: number;
  readonly expiresAt: number;
}

/**
 * Stands in for a bucket on one machine: it hands out signed addresses under `baseUrl` and holds an upload to what was
 * signed, as S3 does. The base is asked for late because a server knows its port only once it listens.
 */
export class MemoryImageStore implements ImageStore {
  readonly images = new Map<string, { contentType: string; bytes: Buffer }>();
  private readonly expected = new Map<string, Expected>();
  private readonly secret = randomBytes(32);
  private readonly clock: Clock;
  private readonly baseUrl: () => string;

  constructor(clock: Clock, baseUrl: () => string) {
    this.clock = clock;
    this.baseUrl = baseUrl;
  }

  presignUpload({ key, contentType, sizeBytes, expiresInSeconds }: UploadRequest): Promise<Upload> {
    const expiresAt = this.clock().getTime() + expiresInSeconds * 1000;
    this.expected.set(key, { contentType, sizeBytes, expiresAt });
    return Promise.resolve({
      method: "PUT",
      url: `${this.baseUrl()}/${key}?signature=${this.sign(key).toString("hex")}`,
      headers: { "content-type": contentType },
      expiresAt: new Date(expiresAt).toISOString(),
    });
  }

  head(key: string): Promise<StoredObject | undefined> {
    const image = this.images.get(key);
    return Promise.resolve(image && { contentType: image.contentType, sizeBytes: image.bytes.length });
  }

  /** The status S3 would answer with. `path` is what followed the base, with its query. */
  receive({ path, contentType, bytes }: Receipt): 200 | 403 {
    const { pathname, searchParams } = new URL(path, "http://localhost");
    const key = pathname.slice(1);
    const expected = this.expected.get(key);
    const signature = Buffer.from(searchParams.get("signature") ?? "", "hex");
    const wanted = this.sign(key);
    if (signature.length !== wanted.length || !timingSafeEqual(signature, wanted)) return 403;
    if (expected === undefined || expected.expiresAt <= this.clock().getTime()) return 403;
    if (expected.contentType !== contentType || expected.sizeBytes !== bytes.length) return 403;
    this.images.set(key, { contentType, bytes });
    return 200;
  }

  private sign(key: string): Buffer {
    return createHmac("sha256", this.secret).update(key).digest();
  }
}
