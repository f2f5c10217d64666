import { notFound } from "../domain/errors.ts";
import { requireMocId } from "../domain/ids.ts";
import { type Handler, route } from "../http.ts";
import type { Deps } from "../ports.ts";
import { lambda } from "../runtime.ts";
import { createMocDeps } from "../runtime-mocs.ts";

export const getMoc = ({ mocs, log }: Pick<Deps, "mocs" | "log">): Handler =>
  route(log, async (event) => {
    const moc = await mocs.get(requireMocId(event.pathParameters?.["id"]));
    if (moc === undefined) throw notFound("MOC");
    return { status: 200, body: moc };
  });

export const handler = lambda("get-moc", getMoc, createMocDeps);
