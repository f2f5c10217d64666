import { describe, expect, it } from "vitest";
import { decodeCursor, encodeCursor, parsePage } from "../../../src/domain/paging.ts";
import { idOf, refusal, START } from "../support.ts";

const position = { createdAt: START, id: idOf(7) };
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("cursors", () => {
  it("come back as the place they were made for, and need no escaping in a URL", () => {
    const cursor = encodeCursor(position);
    expect(decodeCursor(cursor)).toEqual(position);
    expect(encodeURIComponent(cursor)).toBe(cursor);
  });

  it.each([
    ["empty", ""],
    ["no Base64", "not base64!"],
    ["no JSON", Buffer.from("hello").toString("base64url")],
    ["an object", encode({ ...position })],
    ["too short a list", encode([START])],
    ["too long a list", encode([START, idOf(1), 1])],
    ["a time that is none", encode(["yesterday", idOf(1)])],
    ["a time that is a number", encode([1, idOf(1)])],
    ["an id that is none", encode([START, "' OR 1=1"])],
    ["an id that is a list", encode([START, [idOf(1)]])],
    ["far too long", Buffer.from(" ".repeat(150) + JSON.stringify([START, idOf(1)])).toString("base64url")],
  ])("are refused when %s", (_name, cursor) => {
    expect(decodeCursor(cursor)).toBeUndefined();
  });
});

describe("parsePage", () => {
  it("starts at the front with twenty", () => {
    expect(parsePage({ limit: undefined, cursor: undefined })).toEqual({ limit: 20 });
  });

  it.each(["1", "100"])("takes a limit of %s", (limit) => {
    expect(parsePage({ limit, cursor: encodeCursor(position) })).toEqual({ limit: Number(limit), after: position });
  });

  it.each(["0", "101", "-1", "1.5", "1e2", "", " 5", "0x10", "99999999999999999999"])(
    "refuses a limit of '%s'",
    (limit) => {
      expect(refusal(() => parsePage({ limit, cursor: undefined }))).toEqual([
        { field: "limit", message: "must be a whole number from 1 to 100" },
      ]);
    },
  );

  it("lists both when both are bad", () => {
    expect(refusal(() => parsePage({ limit: "x", cursor: "x" })).map((e) => e.field)).toEqual(["limit", "cursor"]);
  });
});
