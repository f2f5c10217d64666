import { methodsOf } from "../api.ts";
import { MethodNotAllowed, notFound } from "../domain/errors.ts";
import { type Handler, route } from "../http.ts";
import type { Deps } from "../ports.ts";
import { createBaseDeps, lambda } from "../runtime.ts";

/** API Gateway's own answer to an unknown path or method is a misleading 403 in a shape of its own. */
export const fallback = ({ log }: Pick<Deps, "log">): Handler =>
  route(log, (event) => {
    const allowed = methodsOf(event.resource);
    if (allowed.length === 0) throw notFound("path");
    throw new MethodNotAllowed(allowed);
  });

export const handler = lambda("fallback", fallback, createBaseDeps);
