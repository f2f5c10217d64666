import { createHash } from "node:crypto";
import { checkText, FieldReader } from "./validation.ts";

/** What a member sends in to publish a "My Own Creation". */
export interface NewMoc {
  readonly title: string;
  readonly description: string;
  readonly pieceCount: number;
  readonly tags: readonly string[];
}

export interface Moc extends NewMoc {
  readonly id: string;
  /** ISO 8601 in UTC with milliseconds, so that text order is time order. */
  readonly createdAt: string;
}

const MAX_TAGS = 10;
const TAG_SHAPE = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

export function parseNewMoc(input: unknown): NewMoc {
  const reader = new FieldReader(input, ["title", "description", "pieceCount", "tags"]);
  const moc = {
    title: reader.text("title", { max: 120 }),
    description: reader.has("description") ? reader.text("description", { max: 4000, multiline: true, mayBeEmpty: true }) : "",
    pieceCount: reader.integer("pieceCount", { min: 1, max: 200_000 }),
    tags: reader.has("tags") ? readTags(reader) : [],
  };
  reader.finish();
  return moc;
}

function readTags(reader: FieldReader): string[] {
  const value = reader.raw("tags");
  if (!Array.isArray(value)) {
    reader.fail("tags", "must be a list");
    return [];
  }
  if (value.length > MAX_TAGS) {
    reader.fail("tags", `must have at most ${MAX_TAGS} entries`);
    return [];
  }
  const tags = new Set<string>();
  for (const [index, entry] of value.entries()) {
    const checked = checkText(entry, { max: 30 });
    if ("problem" in checked) {
      reader.fail(`tags[${index}]`, checked.problem);
      continue;
    }
    const tag = checked.value.toLowerCase();
    if (TAG_SHAPE.test(tag)) tags.add(tag);
    else reader.fail(`tags[${index}]`, "must be letters and digits, with single hyphens between them");
  }
  return [...tags];
}

/** Tells whether two requests ask for the same MOC, whatever the order or spacing of their JSON was. */
export function fingerprint(moc: NewMoc): string {
  const canonical = JSON.stringify([moc.title, moc.description, moc.pieceCount, [...moc.tags].sort()]);
  return createHash("sha256").update(canonical).digest("hex");
}

/** Newest first; the id decides between two of the same millisecond, so that paging never skips or repeats one. */
export function byNewest(a: Position, b: Position): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? 1 : -1;
  if (a.id === b.id) return 0;
  return a.id < b.id ? 1 : -1;
}

/** A place in the newest-first order. */
export type Position = Pick<Moc, "createdAt" | "id">;
