import { AppError, invalid } from "../domain/errors.ts";
import { fingerprint, type NewMoc, parseNewMoc } from "../domain/moc.ts";
import { type Handler, header, jsonBody, type ProxyEvent, route } from "../http.ts";
import type { Deps, Idempotency } from "../ports.ts";
import { lambda } from "../runtime.ts";
import { createWriteDeps } from "../runtime-mocs.ts";
import { kpi } from "../tracing/index.ts";

const KEY_HEADER = "Idempotency-Key";
const KEY_SHAPE = /^[\x21-\x7e]{1,255}$/;

type Needs = Pick<Deps, "mocs" | "search" | "clock" | "newId" | "log">;

export const createMoc = ({ mocs, search, clock, newId, log }: Needs): Handler =>
  route(log, async (event) => {
    const asked = parseNewMoc(jsonBody(event));
    const moc = { id: newId(), ...asked, createdAt: clock().toISOString() };
    const result = await mocs.create(moc, idempotencyOf(event, asked));
    if (result.outcome === "conflict") {
      throw new AppError("idempotency_key_reused", `This ${KEY_HEADER} was used before for another MOC.`);
    }
    if (result.outcome === "created") kpi("MocsCreated");
    // Also after a replay: if indexing failed the first time, the client's retry is what mends it.
    await search.index(result.moc);
    return {
      status: 201,
      body: result.moc,
      headers: {
        // Relative to this request, so that it holds under a stage path and under a domain alike.
        location: `mocs/${result.moc.id}`,
        "idempotency-replayed": String(result.outcome === "replayed"),
      },
    };
  });

function idempotencyOf(event: ProxyEvent, asked: NewMoc): Idempotency | undefined {
  const key = header(event, KEY_HEADER.toLowerCase());
  if (key === undefined) return undefined;
  if (!KEY_SHAPE.test(key)) {
    throw invalid([{ field: KEY_HEADER, message: "must be 1 to 255 visible ASCII characters" }]);
  }
  return { key, fingerprint: fingerprint(asked) };
}

export const handler = lambda("create-moc", createMoc, createWriteDeps);
