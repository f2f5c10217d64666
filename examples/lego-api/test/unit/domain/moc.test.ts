import { describe, expect, it } from "vitest";
import { byNewest, fingerprint, parseNewMoc } from "../../../src/domain/moc.ts";
import { idOf, refusal, validMoc } from "../support.ts";

describe("parseNewMoc", () => {
  it("takes a whole MOC as it is", () => {
    expect(parseNewMoc(validMoc)).toEqual(validMoc);
  });

  it("fills in what may be left out", () => {
    expect(parseNewMoc({ title: "Car", pieceCount: 1 })).toEqual({
      title: "Car",
      description: "",
      pieceCount: 1,
      tags: [],
    });
  });

  it("trims, composes accents, lowers tags and drops repeated ones", () => {
    const moc = parseNewMoc({ title: "  Cha\u0302teau ", pieceCount: 5, tags: ["Mini-Fig", " mini-fig ", "space"] });
    expect(moc.title).toBe("Ch\u00e2teau");
    expect(moc.tags).toEqual(["mini-fig", "space"]);
  });

  it("counts characters as a reader does, not as UTF-16 does", () => {
    expect(parseNewMoc({ title: "🧱".repeat(120), pieceCount: 1 }).title).toHaveLength(240);
    expect(refusal(() => parseNewMoc({ title: "🧱".repeat(121), pieceCount: 1 }))).toEqual([
      { field: "title", message: "must have at most 120 characters" },
    ]);
  });

  it("lists every bad field at once", () => {
    const bad = { title: "", description: 7, pieceCount: 1.5, tags: ["ok", "not ok", 3, ""], colour: "red" };
    expect(refusal(() => parseNewMoc(bad))).toEqual([
      { field: "colour", message: "is not a known field" },
      { field: "title", message: "must not be empty" },
      { field: "description", message: "must be text" },
      { field: "pieceCount", message: "must be a whole number from 1 to 200000" },
      { field: "tags[1]", message: "must be letters and digits, with single hyphens between them" },
      { field: "tags[2]", message: "must be text" },
      { field: "tags[3]", message: "must not be empty" },
    ]);
  });

  it("asks for both required fields", () => {
    expect(refusal(() => parseNewMoc({}))).toEqual([
      { field: "title", message: "is required" },
      { field: "pieceCount", message: "is required" },
    ]);
  });

  it.each([
    ["zero", 0, false],
    ["one", 1, true],
    ["the most", 200_000, true],
    ["one too many", 200_001, false],
    ["a number as text", "12", false],
    ["nothing", null, false],
    ["infinity", Infinity, false],
  ])("piece count: %s", (_name, pieceCount, fine) => {
    const parse = (): unknown => parseNewMoc({ title: "t", pieceCount });
    if (fine) expect(parse()).toMatchObject({ pieceCount });
    else expect(refusal(parse).map((e) => e.field)).toEqual(["pieceCount"]);
  });

  it.each([
    ["a title with a line break", { title: "a\nb" }, "title"],
    ["a title with NUL", { title: "a\0b" }, "title"],
    ["a title of spaces only", { title: "   " }, "title"],
    ["half a surrogate pair", { title: "\ud83e" }, "title"],
    ["a description with NUL", { description: "a\0" }, "description"],
    ["too long a description", { description: "x".repeat(4001) }, "description"],
    ["tags that are no list", { tags: "castle" }, "tags"],
    ["eleven tags", { tags: Array.from({ length: 11 }, (_, i) => `t${i}`) }, "tags"],
    ["a tag with a double hyphen", { tags: ["a--b"] }, "tags[0]"],
    ["a tag with a hyphen at its end", { tags: ["a-"] }, "tags[0]"],
    ["too long a tag", { tags: ["x".repeat(31)] }, "tags[0]"],
  ])("refuses %s", (_name, change, field) => {
    expect(refusal(() => parseNewMoc({ ...validMoc, ...change })).map((e) => e.field)).toEqual([field]);
  });

  it("keeps line breaks in a description, takes ten tags and tags of thirty characters", () => {
    const tags = Array.from({ length: 10 }, (_, i) => `${i}`.repeat(30));
    const moc = parseNewMoc({ ...validMoc, description: "a\r\n\tb", tags });
    expect(moc.description).toBe("a\r\n\tb");
    expect(moc.tags).toEqual(tags);
  });

  it.each([["null", null], ["a list", []], ["text", "moc"], ["a number", 1], ["nothing", undefined]])(
    "refuses %s in place of an object",
    (_name, input) => {
      expect(refusal(() => parseNewMoc(input))).toEqual([{ field: "", message: "must be a JSON object" }]);
    },
  );

  it("takes nothing from a prototype, and leaves every prototype alone", () => {
    const hostile: unknown = JSON.parse('{"__proto__":{"title":"x","pieceCount":1},"constructor":{"prototype":{"a":1}}}');
    expect(refusal(() => parseNewMoc(hostile)).map((e) => e.field)).toEqual([
      "__proto__",
      "constructor",
      "title",
      "pieceCount",
    ]);
    expect(refusal(() => parseNewMoc(Object.create({ title: "x", pieceCount: 1 })))).toHaveLength(2);
    expect(({} as Record<string, unknown>)["title"]).toBeUndefined();
    expect(({} as Record<string, unknown>)["a"]).toBeUndefined();
  });

  it("echoes no more than a little of an unknown field's name", () => {
    const [error] = refusal(() => parseNewMoc({ ...validMoc, ["n".repeat(5000)]: 1 }));
    expect(error?.field).toBe("n".repeat(64));
  });
});

describe("fingerprint", () => {
  const base = parseNewMoc(validMoc);

  it("does not depend on the order of tags", () => {
    expect(fingerprint({ ...base, tags: ["a", "b"] })).toBe(fingerprint({ ...base, tags: ["b", "a"] }));
  });

  it.each([
    ["title", { title: "Other" }],
    ["description", { description: "Other" }],
    ["pieceCount", { pieceCount: 3 }],
    ["tags", { tags: [] }],
  ])("changes with the %s", (_name, change) => {
    expect(fingerprint({ ...base, ...change })).not.toBe(fingerprint(base));
  });
});

describe("byNewest", () => {
  it("puts the newest first, and of one moment the greatest id", () => {
    const at = (createdAt: string, id: number): { createdAt: string; id: string } => ({ createdAt, id: idOf(id) });
    const sorted = [at("2026-01-03", 1), at("2026-01-02", 9), at("2026-01-02", 2), at("2026-01-01", 5)];
    expect([...sorted].reverse().sort(byNewest)).toEqual(sorted);
    expect(byNewest(at("2026-01-01", 1), at("2026-01-01", 1))).toBe(0);
  });
});
