import { type Image, isAsSigned, keyOf } from "./domain/image.ts";
import type { Deps } from "./ports.ts";
import { kpi } from "./tracing/index.ts";

/** What the bucket holds for an image: what was signed for, nothing yet, or something else. */
export type Settled = "marked" | "already" | "unknown" | "missing" | "different";

/** Looks into the bucket and marks an image that arrived. Whoever marks it counts it, so it is counted once. */
export async function settle(
  { images, catalog, clock }: Pick<Deps, "images" | "catalog" | "clock">,
  image: Image,
): Promise<Settled> {
  const stored = await images.head(keyOf(image));
  if (stored === undefined) return "missing";
  if (!isAsSigned(image, stored)) return "different";
  const outcome = await catalog.markUploaded(image.id, clock().toISOString());
  if (outcome === "marked") kpi("ImagesUploaded");
  return outcome;
}
