import { HeadObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import type { Clock, ImageStore, StoredObject, Upload, UploadRequest } from "../../ports.ts";
import { call } from "../../tracing/index.ts";

/** Signing happens here, without a call to AWS. Type and size are part of what is signed: S3 refuses any other. Only head asks S3. */
export class S3ImageStore implements ImageStore {
  private readonly client: S3Client;
  private readonly bucket: string;
  private readonly clock: Clock;

  constructor(client: S3Client, bucket: string, clock: Clock) {
    this.client = client;
    this.bucket = bucket;
    this.clock = clock;
  }

  async presignUpload({ key, contentType, sizeBytes, expiresInSeconds }: UploadRequest): Promise<Upload> {
    // A signature has whole seconds: the time is cut to them, so that expiresAt never promises more than S3 grants.
    const signedAt = new Date(Math.floor(this.clock().getTime() / 1000) * 1000);
    const command = new PutObjectCommand({
      Bucket: this.bucket,
      Key: key,
      ContentType: contentType,
      ContentLength: sizeBytes,
    });
    const url = await getSignedUrl(this.client, command, {
      expiresIn: expiresInSeconds,
      signingDate: signedAt,
      // The size is signed anyway, but left to itself the presigner does not hold an upload to its type.
      signableHeaders: new Set(["content-type"]),
    });
    return {
      method: "PUT",
      url,
      // No content-length: every client sets it from the bytes, and browsers forbid setting it by hand.
      headers: { "content-type": contentType },
      expiresAt: new Date(signedAt.getTime() + expiresInSeconds * 1000).toISOString(),
    };
  }

  head(key: string): Promise<StoredObject | undefined> {
    return call({ system: "s3", operation: "HeadObject", target: this.bucket }, async (note) => {
      try {
        const { ContentType, ContentLength } = await this.client.send(new HeadObjectCommand({ Bucket: this.bucket, Key: key }));
        note.set("http.response.status_code", 200);
        return { contentType: ContentType, sizeBytes: ContentLength };
      } catch (error) {
        if (!isMissing(error)) throw error;
        note.set("http.response.status_code", 404);
        return undefined;
      }
    });
  }
}

/** A HEAD has no body, so that S3 can only answer with its status. */
const isMissing = (error: unknown): boolean =>
  (error as { $metadata?: { httpStatusCode?: unknown } }).$metadata?.httpStatusCode === 404;
