import type { Image, ImageType } from "./domain/image.ts";
import type { Moc } from "./domain/moc.ts";
import type { Page } from "./domain/paging.ts";
import type { SearchQuery } from "./domain/search.ts";
import type { SessionRequest, SessionTokens } from "./domain/session.ts";

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

/** What lies in the bucket, by the bucket's own account. */
export interface StoredObject {
  readonly contentType: string | undefined;
  readonly sizeBytes: number | undefined;
}

export interface ImageStore {
  presignUpload(request: UploadRequest): Promise<Upload>;
  /** Nothing is stored under the key: undefined. */
  head(key: string): Promise<StoredObject | undefined>;
}

/** What became of a call to mark an image: marked by this one, by an earlier one, or there is no such image. */
export type MarkOutcome = "marked" | "already" | "unknown";

/** Which images were asked for, and which of them arrived. */
export interface ImageCatalog {
  /** Keeping the same image again changes nothing. */
  expect(image: Image): Promise<void>;
  get(id: string): Promise<Image | undefined>;
  /** Of any number of callers exactly one is told "marked". */
  markUploaded(id: string, at: string): Promise<MarkOutcome>;
  /** Newest first, at most `limit`. */
  list(mocId: string, limit: number): Promise<readonly Image[]>;
}

export interface Tokens {
  /** Refuses with AppError "invalid_grant" for a code that does not hold, "upstream_unavailable" for any other trouble. */
  exchange(request: SessionRequest): Promise<SessionTokens>;
}

/** Neither of the two ever rejects: a cache in trouble knows nothing. */
export interface Cache {
  read(keys: readonly string[]): Promise<readonly (string | null)[]>;
  write(key: string, value: string, seconds: number): Promise<void>;
}

/** One store that /health asks. */
export interface Probe {
  readonly name: "database" | "cache" | "search";
  /** Rejects where the store does not answer in time. */
  ping(): Promise<void>;
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
  readonly catalog: ImageCatalog;
  readonly tokens: Tokens;
  readonly probes: readonly Probe[];
  readonly clock: Clock;
  readonly newId: IdSource;
  readonly log: Logger;
  readonly build: BuildInfo;
  /** Lets go of connections, where there are any. */
  close?(): Promise<void>;
}
