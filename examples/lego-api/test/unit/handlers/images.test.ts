import { beforeEach, describe, expect, it, vi } from "vitest";
import { imageUploaded } from "../../../src/handlers/image-uploaded.ts";
import { listImages } from "../../../src/handlers/list-images.ts";
import { requestImageUpload } from "../../../src/handlers/request-image-upload.ts";
import { bodyOf, event, idOf, jsonEvent, mocOf, START, testDeps } from "../support.ts";

// What is counted goes to stdout as in Lambda.
beforeEach(() => {
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
});

describe("images that arrive", () => {
  const png = Buffer.from("png");
  const setUp = async () => {
    const deps = testDeps();
    await deps.mocs.create(mocOf(99));
    const request = jsonEvent({ contentType: "image/png", sizeBytes: 3 }, { pathParameters: { id: idOf(99) } });
    const asked = JSON.parse((await requestImageUpload(deps)(request)).body) as { image: { id: string }; upload: { url: string } };
    const path = asked.upload.url.replace("http://uploads.test", "");
    const key = path.slice(1).split("?")[0] ?? "";
    const list = async (): Promise<unknown> => bodyOf(await listImages(deps)(event({ pathParameters: { id: idOf(99) } })));
    const arrive = (...keys: string[]) => imageUploaded(deps)({ Records: keys.map((one) => ({ s3: { object: { key: one } } })) });
    return { deps, key, list, arrive, upload: () => deps.images.receive({ path, contentType: "image/png", bytes: png }) };
  };
  const item = { id: idOf(1), mocId: idOf(99), contentType: "image/png", sizeBytes: 3, createdAt: START };
  const counted = (write: { mock: { calls: unknown[][] } }): number =>
    write.mock.calls.filter(([line]) => String(line).includes("ImagesUploaded")).length;

  it("are marked by the bucket's event, once however often it comes", async () => {
    const { list, arrive, upload, key } = await setUp();
    await expect(list()).resolves.toEqual({ items: [{ ...item, uploadedAt: null }] });
    upload();
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    await expect(arrive(key)).resolves.toEqual({ marked: 1, ignored: 0 });
    await expect(arrive(key, key)).resolves.toEqual({ marked: 0, ignored: 2 });
    expect(counted(write)).toBe(1);
    await expect(list()).resolves.toEqual({ items: [{ ...item, uploadedAt: START }] });
  });

  it("are seen by whoever lists them before the event comes, and counted once", async () => {
    const { list, arrive, upload, key } = await setUp();
    upload();
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    await expect(list()).resolves.toEqual({ items: [{ ...item, uploadedAt: START }] });
    await expect(arrive(key)).resolves.toEqual({ marked: 0, ignored: 1 });
    expect(counted(write)).toBe(1);
  });

  it("are not looked for once their address has expired", async () => {
    const { deps, list, upload } = await setUp();
    upload();
    deps.advance(15 * 60 * 1000);
    const head = vi.spyOn(deps.images, "head");
    await expect(list()).resolves.toEqual({ items: [{ ...item, uploadedAt: null }] });
    expect(head).not.toHaveBeenCalled();
  });

  it("are ignored where nobody asked for them, and where they are something else", async () => {
    const { deps, arrive, key } = await setUp();
    const nobody = [`mocs/${idOf(99)}/${idOf(7)}.png`, `mocs/${idOf(99)}/${idOf(1)}.svg`, `${key}/x`, "a+b%20c"];
    await expect(arrive(key, ...nobody)).resolves.toEqual({ marked: 0, ignored: 5 });
    expect(deps.lines.map(({ details }) => (details as { key: string }).key)).toEqual([...nobody.slice(0, 3), "a b c"]);
    deps.images.images.set(key, { contentType: "text/html", bytes: png });
    await expect(arrive(key)).resolves.toEqual({ marked: 0, ignored: 1 });
    expect(deps.lines.at(-1)?.message).toBe("the bucket holds something else than was signed for");
  });

  it("come again where one of them failed, after the others were done", async () => {
    const { deps, arrive, upload, key } = await setUp();
    upload();
    vi.spyOn(deps.catalog, "get").mockRejectedValueOnce(new Error("down"));
    await expect(arrive(key, key)).rejects.toThrow("1 of 2 uploads could not be looked into");
    await expect(deps.catalog.get(idOf(1))).resolves.toHaveProperty("uploadedAt");
  });

  it("are listed though the bucket does not answer", async () => {
    const { deps, list } = await setUp();
    vi.spyOn(deps.images, "head").mockRejectedValue(new Error("down"));
    await expect(list()).resolves.toEqual({ items: [{ ...item, uploadedAt: null }] });
    expect(deps.lines).toMatchObject([{ level: "warn", details: { id: idOf(1) } }]);
  });

  it("belong to a MOC", async () => {
    expect((await listImages(testDeps())(event({ pathParameters: { id: idOf(98) } }))).statusCode).toBe(404);
  });

  it("are unknown to a catalog that was never told", async () => {
    await expect(testDeps().catalog.markUploaded(idOf(1), START)).resolves.toBe("unknown");
  });
});
