import { ANY_OTHER, API, type HandlerName } from "../api.ts";
import { createMoc } from "../handlers/create-moc.ts";
import { createSession } from "../handlers/create-session.ts";
import { fallback } from "../handlers/fallback.ts";
import { getMoc } from "../handlers/get-moc.ts";
import { health } from "../handlers/health.ts";
import { imageUploaded, type UploadEvent, type UploadResult } from "../handlers/image-uploaded.ts";
import { listImages } from "../handlers/list-images.ts";
import { listMocs } from "../handlers/list-mocs.ts";
import { requestImageUpload } from "../handlers/request-image-upload.ts";
import { searchMocs } from "../handlers/search-mocs.ts";
import type { Handler } from "../http.ts";
import type { Deps } from "../ports.ts";
import { traced } from "../tracing/index.ts";

export interface Match {
  readonly resource: string;
  readonly params: Readonly<Record<string, string>> | null;
}

export type Handlers = Readonly<Record<HandlerName, Handler>> & {
  readonly "image-uploaded": (event: UploadEvent) => Promise<UploadResult>;
};

/** Each within a trace of its own, as lambda() does it where every function is alone. */
export function createHandlers(deps: Deps): Handlers {
  const handlers: Record<HandlerName, Handler> = {
    health: health(deps),
    "create-moc": createMoc(deps),
    "get-moc": getMoc(deps),
    "list-mocs": listMocs(deps),
    "list-images": listImages(deps),
    "create-session": createSession(deps),
    "request-image-upload": requestImageUpload(deps),
    "search-mocs": searchMocs(deps),
    fallback: fallback(deps),
  };
  const entries = Object.entries(handlers).map(([name, handler]): [string, Handler] => [name, traced(name, handler)]);
  return {
    ...(Object.fromEntries(entries) as Record<HandlerName, Handler>),
    "image-uploaded": traced("image-uploaded", imageUploaded(deps)),
  };
}

/** The resource API Gateway would choose for a path. */
export function matchResource(path: string): Match {
  const segments = path.split("/");
  for (const { resource } of API) {
    const params = matchSegments(resource.split("/"), segments);
    if (params !== undefined) return { resource, params: Object.keys(params).length > 0 ? params : null };
  }
  return { resource: ANY_OTHER, params: { proxy: path.slice(1) } };
}

export const handlerFor = (method: string, resource: string): HandlerName =>
  API.find((entry) => entry.method === method && entry.resource === resource)?.handler ?? "fallback";

function matchSegments(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? "";
    if (part.startsWith("{")) {
      const value = decode(segment);
      if (!value) return undefined;
      params[part.slice(1, -1)] = value;
    } else if (part !== segment) {
      return undefined;
    }
  }
  return params;
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
