import { describe, expect, it } from "vitest";
import { parseSearch, scoreMoc, tokenize } from "../../../src/domain/search.ts";
import { mocOf, refusal } from "../support.ts";

describe("tokenize", () => {
  it.each([
    ["case and accents", "Château FORT", ["chateau", "fort"]],
    ["punctuation", "8-wide, off-road!", ["8", "wide", "off", "road"]],
    ["other scripts", "Замок 城", ["замок", "城"]],
    ["nothing", " -- ", []],
  ])("%s", (_name, text, words) => {
    expect(tokenize(text)).toEqual(words);
  });
});

describe("parseSearch", () => {
  it("makes terms of the words, each once", () => {
    expect(parseSearch({ q: "Red red CAR", limit: "3" })).toEqual({ terms: ["red", "car"], limit: 3 });
  });

  it.each([
    ["no query", undefined, "is required"],
    ["an empty query", "", "must hold at least one letter or digit"],
    ["only punctuation", "?!", "must hold at least one letter or digit"],
    ["a control character", "a\0b", "must not hold control characters"],
    ["too long a query", "x".repeat(201), "must have at most 200 characters"],
    ["eleven words", "a b c d e f g h i j k", "must have at most 10 words"],
  ])("refuses %s", (_name, q, message) => {
    const expected = { field: "q", message };
    expect(refusal(() => parseSearch({ q, limit: undefined }))).toContainEqual(expected);
    expect(refusal(() => parseSearch({ q, limit: "no" })).map((e) => e.field)).toEqual(["limit", "q"]);
  });

  it("takes ten words", () => {
    expect(parseSearch({ q: "a b c d e f g h i j", limit: undefined }).terms).toHaveLength(10);
  });
});

describe("scoreMoc", () => {
  const moc = mocOf(1, { title: "Red Castle", tags: ["knight", "sea-side"], description: "A red keep with towers" });

  it.each([
    ["a word of the title", ["castle"], 3],
    ["a word of a tag", ["knight"], 2],
    ["a part of a tag", ["side"], 2],
    ["a word of the description", ["keep"], 1],
    ["the best field counts once", ["red"], 3],
    ["several words add up", ["red", "knight", "keep"], 6],
    ["the beginning of a word is enough", ["tow"], 1],
    ["the middle of a word is not", ["astle"], 0],
    ["one missing word spoils it", ["red", "dragon"], 0],
  ])("%s", (_name, terms, score) => {
    expect(scoreMoc(moc, terms)).toBe(score);
  });
});
