import { parseSearch } from "../domain/search.ts";
import { type Handler, query, route } from "../http.ts";
import type { Deps } from "../ports.ts";
import { lambda } from "../runtime.ts";
import { createSearchDeps } from "../runtime-search.ts";
import { kpi } from "../tracing/index.ts";

export const searchMocs = ({ search, log }: Pick<Deps, "search" | "log">): Handler =>
  route(log, async (event) => {
    const { total, hits } = await search.search(parseSearch(query(event, ["q", "limit"])));
    kpi("SearchesPerformed");
    return { status: 200, body: { total, items: hits.map(({ moc, score }) => ({ ...moc, score })) } };
  });

export const handler = lambda("search-mocs", searchMocs, createSearchDeps);
