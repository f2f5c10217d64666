import { notFound } from "./errors.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const isUuid = (text: string): boolean => UUID.test(text);

/** An id of another shape names nothing: that is a 404 like any other, and never reaches a store. */
export function requireMocId(text: string | undefined): string {
  const id = text?.toLowerCase();
  if (id === undefined || !isUuid(id)) throw notFound("MOC");
  return id;
}
