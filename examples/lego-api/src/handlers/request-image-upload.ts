import { notFound } from "../domain/errors.ts";
import { requireMocId } from "../domain/ids.ts";
import { imageKey, parseImageRequest, UPLOAD_SECONDS } from "../domain/image.ts";
import { type Handler, jsonBody, route } from "../http.ts";
import type { Deps } from "../ports.ts";
import { lambda } from "../runtime.ts";
import { createDeps } from "../runtime-images.ts";

export const requestImageUpload = ({ mocs, images, newId, log }: Pick<Deps, "mocs" | "images" | "newId" | "log">): Handler =>
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
    return { status: 201, body: { image: { id, mocId, ...asked }, upload } };
  });

export const handler = lambda(requestImageUpload, createDeps);
