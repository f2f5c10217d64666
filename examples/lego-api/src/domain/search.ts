import { type FieldError, invalid } from "./errors.ts";
import type { Moc } from "./moc.ts";
import { parseLimit } from "./paging.ts";
import { checkText } from "./validation.ts";

export interface SearchQuery {
  readonly terms: readonly string[];
  readonly limit: number;
}

const MAX_QUERY = 200;
const MAX_TERMS = 10;
/** What a word is worth, by where it stands. */
export const FIELD_WEIGHTS = { title: 3, tags: 2, description: 1 } as const;

export type SearchField = keyof typeof FIELD_WEIGHTS;

/** Words without case and accents: "Château" is found by "chateau". */
export function tokenize(text: string): string[] {
  return text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

export function parseSearch(query: { q: string | undefined; limit: string | undefined }): SearchQuery {
  const errors: FieldError[] = [];
  const limit = parseLimit(query.limit, errors);
  const terms = query.q === undefined ? [] : parseTerms(query.q, errors);
  if (query.q === undefined) errors.push({ field: "q", message: "is required" });
  if (errors.length > 0) throw invalid(errors);
  return { terms, limit };
}

function parseTerms(q: string, errors: FieldError[]): string[] {
  const checked = checkText(q, { max: MAX_QUERY, mayBeEmpty: true });
  if ("problem" in checked) {
    errors.push({ field: "q", message: checked.problem });
    return [];
  }
  const terms = [...new Set(tokenize(checked.value))];
  if (terms.length === 0) errors.push({ field: "q", message: "must hold at least one letter or digit" });
  if (terms.length > MAX_TERMS) errors.push({ field: "q", message: `must have at most ${MAX_TERMS} words` });
  return terms;
}

/** All words that a MOC can be found by. */
export const wordsOf = (moc: Moc): Record<SearchField, string[]> => ({
  title: tokenize(moc.title),
  tags: moc.tags.flatMap(tokenize),
  description: tokenize(moc.description),
});

/** 0 unless every term begins a word somewhere in the MOC; then the sum of each term's best field. */
export function scoreMoc(moc: Moc, terms: readonly string[]): number {
  const words = wordsOf(moc);
  let total = 0;
  for (const term of terms) {
    const best = Math.max(
      ...Object.entries(words).map(([field, list]) =>
        list.some((word) => word.startsWith(term)) ? FIELD_WEIGHTS[field as SearchField] : 0,
      ),
    );
    if (best === 0) return 0;
    total += best;
  }
  return total;
}
