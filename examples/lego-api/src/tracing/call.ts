import { type Attributes, type Span, SpanKind } from "@opentelemetry/api";
import { recordError } from "./errors.ts";
import { tracing } from "./provider.ts";
import { shape, shapeJson } from "./shape.ts";

export type System = "postgresql" | "redis" | "s3" | "opensearch" | "cognito";

/** A call that leaves this function. */
export interface Call {
  readonly system: System;
  /** What it does there: SELECT, GET, HeadObject, search. */
  readonly operation: string;
  /** What it does it to: a table, an index, a bucket. Never a value. */
  readonly target?: string;
  /** With parameters in place of values. Values that are there nevertheless are taken out. */
  readonly statement?: string;
  /** The host that answers. */
  readonly address?: string;
}

/** Adds to the span what is known only once the call was made: "db.response.returned_rows", say. */
export interface Note {
  set(name: string, value: string | number | boolean): void;
}

const PEERS: Readonly<Record<System, string>> = {
  postgresql: "RDS",
  redis: "Redis",
  s3: "S3",
  opensearch: "OpenSearch",
  cognito: "Cognito",
};

const NOWHERE: Note = { set: () => undefined };

/** Runs the work within a span of its own. The work runs whether anything is traced or not, and fails as it fails. */
export async function call<T>(what: Call, work: (note: Note) => Promise<T>): Promise<T> {
  const tracer = tracing()?.tracer;
  if (tracer === undefined) return work(NOWHERE);
  const name = `${PEERS[what.system]} ${what.operation}`;
  return tracer.startActiveSpan(name, { kind: SpanKind.CLIENT, attributes: attributesOf(what) }, async (span) => {
    try {
      return await work(noteOn(span));
    } catch (error) {
      recordError(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

const noteOn = (span: Span): Note => ({
  set: (name, value) => {
    span.setAttribute(name, value);
  },
});

function attributesOf({ system, operation, target, statement, address }: Call): Attributes {
  return {
    "peer.service": PEERS[system],
    ...(address !== undefined && { "server.address": address }),
    ...kindOf(system, operation, target),
    ...(statement !== undefined && { "db.query.text": system === "opensearch" ? shapeJson(statement) : shape(statement) }),
  };
}

function kindOf(system: System, operation: string, target: string | undefined): Attributes {
  switch (system) {
    case "s3":
      return {
        "rpc.system": "aws-api",
        "rpc.service": "S3",
        "rpc.method": operation,
        ...(target !== undefined && { "aws.s3.bucket": target }),
      };
    case "cognito":
      return { "rpc.method": operation, ...(target !== undefined && { "url.path": target }) };
    case "postgresql":
    case "redis":
    case "opensearch":
      return {
        "db.system.name": system,
        "db.operation.name": operation,
        ...(target !== undefined && { "db.collection.name": target }),
      };
  }
}
