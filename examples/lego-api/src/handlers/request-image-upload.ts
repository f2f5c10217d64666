import { notFound } from "../domain/errors.ts";
import { requireMocId } from "../domain/ids.ts";
import { imageKey, parseImageRequest, UPLOAD_SECONDS } from "../domain/image.ts";
import { type Handler, jsonBody, route } from "../http.ts";
import type { Deps } from "../ports.ts";
import { lambda } from "../runtime.ts";
import { createImageDeps } from "../runtime-images.ts";

type Needs = Pick<Deps, "mocs" | "images" | "catalog" | "clock" | "newId" | "log">;

export const requestImageUpload = ({ mocs, images, catalog, clock, newId, log }: Needs): Handler =>
  route(log, async (event) => {
    const mocId = requireMocId(event.pathParameters?.["id"]);
    const asked = parseImageRequest(jsonBody(event));
    if ((await mocs.get(mocId)) === undefined) throw notFound("MOC");
    const id = newId();
    const upload = await images.presignUpload({
      key: imageKey(mocId, id, asked.contentType),
      expiresInSeconds: UPLOAD_SECONDS,
      ...asked,
    });
    // Known before the address is: whatever arrives can be held to what was signed.
    await catalog.expect({ id, mocId, ...asked, createdAt: clock().toISOString() });
    return { status: 201, body: { image: { id, mocId, ...asked }, upload } };
  });

export const handler = lambda("request-image-upload", requestImageUpload, createImageDeps);
