import { byNewest, type Moc } from "../../domain/moc.ts";
import { scoreMoc, type SearchQuery } from "../../domain/search.ts";
import type { SearchHit, SearchIndex } from "../../ports.ts";

export class MemorySearchIndex implements SearchIndex {
  private readonly mocs = new Map<string, Moc>();

  index(moc: Moc): Promise<void> {
    this.mocs.set(moc.id, moc);
    return Promise.resolve();
  }

  search({ terms, limit }: SearchQuery): Promise<{ total: number; hits: SearchHit[] }> {
    const hits = [...this.mocs.values()]
      .map((moc) => ({ moc, score: scoreMoc(moc, terms) }))
      .filter((hit) => hit.score > 0)
      .sort((a, b) => b.score - a.score || byNewest(a.moc, b.moc));
    return Promise.resolve({ total: hits.length, hits: hits.slice(0, limit) });
  }
}
