import { type Handler, route } from "../http.ts";
import type { Deps } from "../ports.ts";
import { createBaseDeps, lambda } from "../runtime.ts";

export const health = ({ log, build }: Pick<Deps, "log" | "build">): Handler =>
  route(log, () => ({ status: 200, body: { status: "ok", ...build } }));

export const handler = lambda(health, createBaseDeps);
