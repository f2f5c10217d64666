import { describe, expect, it } from "vitest";
import { handlerFor, matchResource } from "../../../src/local/router.ts";

describe("matchResource", () => {
  it.each([
    ["/health", "/health", null],
    ["/mocs", "/mocs", null],
    ["/mocs/7", "/mocs/{id}", { id: "7" }],
    ["/mocs/a%20b", "/mocs/{id}", { id: "a b" }],
    ["/mocs/7/images", "/mocs/{id}/images", { id: "7" }],
    ["/", "/{proxy+}", { proxy: "" }],
    ["/mocs/", "/{proxy+}", { proxy: "mocs/" }],
    ["/mocs/%", "/{proxy+}", { proxy: "mocs/%" }],
    ["/mocs/7/images/8", "/{proxy+}", { proxy: "mocs/7/images/8" }],
    ["/Health", "/{proxy+}", { proxy: "Health" }],
  ])("%s is %s", (path, resource, params) => {
    expect(matchResource(path)).toEqual({ resource, params });
  });
});

describe("handlerFor", () => {
  it.each([
    ["GET", "/mocs", "list-mocs"],
    ["POST", "/mocs", "create-moc"],
    ["GET", "/mocs/{id}", "get-moc"],
    ["HEAD", "/mocs", "fallback"],
    ["GET", "/{proxy+}", "fallback"],
  ])("%s %s goes to %s", (method, resource, name) => {
    expect(handlerFor(method, resource)).toBe(name);
  });
});
