export type ErrorCode =
  | "validation_failed"
  | "malformed_body"
  | "not_found"
  | "method_not_allowed"
  | "payload_too_large"
  | "unsupported_media_type"
  | "idempotency_key_reused"
  | "invalid_grant"
  | "upstream_unavailable"
  | "internal_error";

/** One thing wrong with one input, in words its sender can act on. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/**
 * An outcome the caller is meant to see. Its message goes out as it is, so it must hold nothing internal; any other
 * error becomes "internal_error" at the edge.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly fields: readonly FieldError[];

  constructor(code: ErrorCode, message: string, fields: readonly FieldError[] = [], options?: ErrorOptions) {
    super(message, options);
    this.name = "AppError";
    this.code = code;
    this.fields = fields;
  }
}

export class MethodNotAllowed extends AppError {
  readonly allowed: readonly string[];

  constructor(allowed: readonly string[]) {
    super("method_not_allowed", `This path takes ${allowed.join(" and ")} only.`);
    this.allowed = allowed;
  }
}

export const notFound = (what: string): AppError => new AppError("not_found", `There is no such ${what}.`);

export const invalid = (fields: readonly FieldError[]): AppError =>
  new AppError(
    "validation_failed",
    fields.length === 1 ? "One field is not valid." : `${fields.length} fields are not valid.`,
    fields,
  );

/** The cause is for the log and the trace; the caller learns only that it was not their doing. */
export const upstreamUnavailable = (what: string, cause: unknown): AppError =>
  new AppError("upstream_unavailable", `${what} did not answer as it should. Try again later.`, [], { cause });
