import { byNewest } from "../../domain/moc.ts";
import type { Image } from "../../domain/image.ts";
import type { ImageCatalog, MarkOutcome } from "../../ports.ts";

export class MemoryImageCatalog implements ImageCatalog {
  private readonly images = new Map<string, Image>();

  expect(image: Image): Promise<void> {
    if (!this.images.has(image.id)) this.images.set(image.id, image);
    return Promise.resolve();
  }

  get(id: string): Promise<Image | undefined> {
    return Promise.resolve(this.images.get(id));
  }

  markUploaded(id: string, at: string): Promise<MarkOutcome> {
    const image = this.images.get(id);
    if (image === undefined) return Promise.resolve("unknown");
    if (image.uploadedAt !== undefined) return Promise.resolve("already");
    this.images.set(id, { ...image, uploadedAt: at });
    return Promise.resolve("marked");
  }

  list(mocId: string, limit: number): Promise<readonly Image[]> {
    const own = [...this.images.values()].filter((image) => image.mocId === mocId);
    return Promise.resolve(own.sort(byNewest).slice(0, limit));
  }
}
