import { encodeCursor, parsePage } from "../domain/paging.ts";
import { type Handler, query, route } from "../http.ts";
import type { Deps } from "../ports.ts";
import { lambda } from "../runtime.ts";
import { createMocDeps } from "../runtime-mocs.ts";

export const listMocs = ({ mocs, log }: Pick<Deps, "mocs" | "log">): Handler =>
  route(log, async (event) => {
    const page = parsePage(query(event, ["limit", "cursor"]));
    // One more than asked for tells whether there is a next page, without counting them all.
    const found = await mocs.list({ ...page, limit: page.limit + 1 });
    const items = found.slice(0, page.limit);
    const last = items.at(-1);
    const nextCursor = found.length > page.limit && last !== undefined ? encodeCursor(last) : null;
    return { status: 200, body: { items, nextCursor } };
  });

export const handler = lambda("list-mocs", listMocs, createMocDeps);
