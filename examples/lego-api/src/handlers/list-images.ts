import { notFound } from "../domain/errors.ts";
import { requireMocId } from "../domain/ids.ts";
import { type Image, UPLOAD_SECONDS } from "../domain/image.ts";
import { type Handler, route } from "../http.ts";
import type { Deps } from "../ports.ts";
import { lambda } from "../runtime.ts";
import { createImageDeps } from "../runtime-images.ts";
import { settle } from "../uploads.ts";

/** More than a MOC will have; there are no pages of images. */
const LIMIT = 100;
/** How many images of which nothing was heard yet are looked for in the bucket by one request. */
const LOOKED_FOR = 5;

type Needs = Pick<Deps, "mocs" | "images" | "catalog" | "clock" | "log">;

export const listImages = (deps: Needs): Handler =>
  route(deps.log, async (event) => {
    const mocId = requireMocId(event.pathParameters?.["id"]);
    if ((await deps.mocs.get(mocId)) === undefined) throw notFound("MOC");
    const images = await deps.catalog.list(mocId, LIMIT);
    // The bucket's event takes a while, and whoever has just uploaded an image wants to see it.
    const since = deps.clock().getTime() - UPLOAD_SECONDS * 1000;
    const pending = images.filter(({ uploadedAt, createdAt }) => uploadedAt === undefined && Date.parse(createdAt) > since);
    const settled = await Promise.all(pending.slice(0, LOOKED_FOR).map((image) => settledNow(deps, image)));
    const fresh = settled.some(Boolean) ? await deps.catalog.list(mocId, LIMIT) : images;
    return { status: 200, body: { items: fresh.map((image) => ({ ...image, uploadedAt: image.uploadedAt ?? null })) } };
  });

/** Whether there is something new to tell. A bucket in trouble is no reason to tell nothing at all. */
async function settledNow(deps: Needs, image: Image): Promise<boolean> {
  try {
    return ["marked", "already"].includes(await settle(deps, image));
  } catch (error) {
    deps.log.warn("the bucket could not be asked for an image", { id: image.id, error: String(error) });
    return false;
  }
}

export const handler = lambda("list-images", listImages, createImageDeps);
