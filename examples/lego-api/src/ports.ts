import type { ImageType } from "./domain/image.ts";
import type { Moc } from "./domain/moc.ts";
import type { Page } from "./domain/paging.ts";
import type { SearchQuery } from "./domain/search.ts";

/** Binds a client's Idempotency-Key to what it asked for. */
export interface Idempotency {
  readonly key: string;
  readonly fingerprint: string;
}

export type CreateOutcome =
  | { readonly outcome: "created" | "replayed"; readonly moc: Moc }
  /** The key was used before, to ask for something else. */
  | { readonly outcome: "conflict" };

export interface MocStore {
  /** Checking the key and keeping the MOC are one atomic step: of two racing retries one creates and one replays. */
  create(moc: Moc, idempotency?: Idempotency): Promise<CreateOutcome>;
  get(id: string): Promise<Moc | undefined>;
  /** At most `limit` MOCs, newest first, strictly after `after`. */
  list(page: Page): Promise<readonly Moc[]>;
}

export interface SearchHit {
  readonly moc: Moc;
  readonly score: number;
}

export interface SearchIndex {
  /** Indexing the same MOC again changes nothing, so a retry may repeat it. */
  index(moc: Moc): Promise<void>;
  search(query: SearchQuery): Promise<{ readonly total: number; readonly hits: readonly SearchHit[] }>;
}

export interface UploadRequest {
  readonly key: string;
  readonly contentType: ImageType;
  readonly sizeBytes: number;
  readonly expiresInSeconds: number;
}

/** How the client is to send the bytes: exactly this method, address and headers. */
export interface Upload {
  readonly method: "PUT";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly expiresAt: string;
}

export interface ImageStore {
  presignUpload(request: UploadRequest): Promise<Upload>;
}

export type Clock = () => Date;
export type IdSource = () => string;

export interface Logger {
  warn(message: string, details?: Readonly<Record<string, unknown>>): void;
  error(message: string, details?: Readonly<Record<string, unknown>>): void;
}

export interface BuildInfo {
  readonly version: string;
  readonly commit: string;
  readonly stage: string;
}

export interface Deps {
  readonly mocs: MocStore;
  readonly search: SearchIndex;
  readonly images: ImageStore;
  readonly clock: Clock;
  readonly newId: IdSource;
  readonly log: Logger;
  readonly build: BuildInfo;
}
