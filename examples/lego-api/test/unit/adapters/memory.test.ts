import { describe, expect, it } from "vitest";
import { byNewest } from "../../../src/domain/moc.ts";
import { idOf, mocOf, START, testDeps } from "../support.ts";

const DAY = 24 * 60 * 60 * 1000;

describe("MemoryMocStore", () => {
  it("keeps MOCs, and knows nothing of others", async () => {
    const { mocs } = testDeps();
    await expect(mocs.create(mocOf(1))).resolves.toEqual({ outcome: "created", moc: mocOf(1) });
    await expect(mocs.get(idOf(1))).resolves.toEqual(mocOf(1));
    await expect(mocs.get(idOf(2))).resolves.toBeUndefined();
  });

  it.each([1, 2, 3, 7, 10, 11])("lists each MOC exactly once, in pages of %i", async (limit) => {
    const { mocs } = testDeps();
    // Several share a moment, so that the id has to decide.
    const all = Array.from({ length: 10 }, (_, i) => mocOf(i, { createdAt: new Date(Date.parse(START) + (i % 4)).toISOString() }));
    for (const moc of all) await mocs.create(moc);
    const seen = [];
    for (let after = undefined; ; ) {
      const page = await mocs.list(after === undefined ? { limit } : { limit, after });
      expect(page.length).toBeLessThanOrEqual(limit);
      seen.push(...page);
      after = page.at(-1);
      if (page.length < limit || after === undefined) break;
    }
    expect(seen).toEqual([...all].sort(byNewest));
  });

  it("binds a key to its request for a day", async () => {
    const { mocs, advance } = testDeps();
    const key = { key: "k", fingerprint: "f" };
    await mocs.create(mocOf(1), key);
    advance(DAY - 1);
    await expect(mocs.create(mocOf(2), key)).resolves.toEqual({ outcome: "replayed", moc: mocOf(1) });
    await expect(mocs.create(mocOf(3), { ...key, fingerprint: "g" })).resolves.toEqual({ outcome: "conflict" });
    await expect(mocs.list({ limit: 9 })).resolves.toEqual([mocOf(1)]);
    advance(1);
    await expect(mocs.create(mocOf(4), key)).resolves.toMatchObject({ outcome: "created" });
  });

  it("forgets keys one by one, not all at once", async () => {
    const { mocs, advance } = testDeps();
    await mocs.create(mocOf(1), { key: "old", fingerprint: "f" });
    advance(DAY / 2);
    await mocs.create(mocOf(2), { key: "new", fingerprint: "f" });
    advance(DAY / 2);
    await expect(mocs.create(mocOf(3), { key: "new", fingerprint: "f" })).resolves.toMatchObject({ outcome: "replayed" });
    await expect(mocs.create(mocOf(4), { key: "old", fingerprint: "f" })).resolves.toMatchObject({ outcome: "created" });
  });
});

describe("MemorySearchIndex", () => {
  it("orders by score and then by age, counts all and gives no more than asked for", async () => {
    const { search } = testDeps();
    const inTitle = mocOf(1, { title: "Dragon", description: "" });
    const older = mocOf(2, { title: "A", description: "dragon" });
    const newer = mocOf(3, { title: "B", description: "dragon", createdAt: "2026-02-01T00:00:00.000Z" });
    for (const moc of [older, inTitle, newer, mocOf(4)]) await search.index(moc);
    await search.index(older);
    await expect(search.search({ terms: ["dragon"], limit: 2 })).resolves.toEqual({
      total: 3,
      hits: [
        { moc: inTitle, score: 3 },
        { moc: newer, score: 1 },
      ],
    });
    const { hits } = await search.search({ terms: ["dragon"], limit: 9 });
    expect(hits.map((hit) => hit.moc)).toEqual([inTitle, newer, older]);
  });
});

describe("MemoryImageStore", () => {
  const request = { key: "mocs/a/b.png", contentType: "image/png", sizeBytes: 3, expiresInSeconds: 60 } as const;

  it("takes what it signed, until it expires", async () => {
    const { images, advance } = testDeps();
    const upload = await images.presignUpload(request);
    expect(upload).toMatchObject({ method: "PUT", headers: { "content-type": "image/png" } });
    expect(upload.expiresAt).toBe("2026-01-02T03:05:05.678Z");
    const path = upload.url.replace("http://uploads.test", "");
    const bytes = Buffer.from("png");
    advance(59_999);
    expect(images.receive({ path, contentType: "image/png", bytes })).toBe(200);
    expect(images.images.get(request.key)).toEqual({ contentType: "image/png", bytes });
    advance(1);
    expect(images.receive({ path, contentType: "image/png", bytes })).toBe(403);
  });

  it("refuses everything else", async () => {
    const { images } = testDeps();
    const path = (await images.presignUpload(request)).url.replace("http://uploads.test", "");
    const other = (await images.presignUpload({ ...request, key: "mocs/a/c.png" })).url.replace("http://uploads.test", "");
    const good = { path, contentType: "image/png", bytes: Buffer.from("png") };
    const bad = [
      { ...good, contentType: "image/jpeg" },
      { ...good, contentType: undefined },
      { ...good, bytes: Buffer.from("longer") },
      { ...good, path: path.replace("/mocs/a/b.png", "/mocs/a/c.png") },
      { ...good, path: path.replace(/signature=.*/, "") },
      { ...good, path: path.replace(/signature=../, "signature=zz") },
      { ...good, path: `${other.split("?")[0] ?? ""}?${path.split("?")[1] ?? ""}` },
    ];
    expect(bad.map((receipt) => images.receive(receipt))).toEqual(bad.map(() => 403));
    expect(images.images.size).toBe(0);
  });

  it("refuses a key that another instance signed", async () => {
    const path = (await testDeps().images.presignUpload(request)).url.replace("http://uploads.test", "");
    const { images } = testDeps();
    await images.presignUpload(request);
    expect(images.receive({ path, contentType: "image/png", bytes: Buffer.from("png") })).toBe(403);
  });
});
