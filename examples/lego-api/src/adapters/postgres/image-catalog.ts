import type { Image, ImageType } from "../../domain/image.ts";
import type { ImageCatalog, MarkOutcome } from "../../ports.ts";
import type { Database, Row, Statement } from "./database.ts";

const COLUMNS = "id, moc_id, content_type, size_bytes, created_at, uploaded_at";

const EXPECT: Statement = {
  operation: "INSERT",
  target: "images",
  text:
    "INSERT INTO images (id, moc_id, content_type, size_bytes, created_at) VALUES ($1, $2, $3, $4, $5) " +
    "ON CONFLICT (id) DO NOTHING",
};
const GET: Statement = { operation: "SELECT", target: "images", text: `SELECT ${COLUMNS} FROM images WHERE id = $1` };
const MARK: Statement = {
  operation: "UPDATE",
  target: "images",
  text: "UPDATE images SET uploaded_at = $2 WHERE id = $1 AND uploaded_at IS NULL RETURNING id",
};
const LIST: Statement = {
  operation: "SELECT",
  target: "images",
  text: `SELECT ${COLUMNS} FROM images WHERE moc_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2`,
};

export class PostgresImageCatalog implements ImageCatalog {
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database;
  }

  async expect(image: Image): Promise<void> {
    await this.database.run(EXPECT, [image.id, image.mocId, image.contentType, image.sizeBytes, image.createdAt]);
  }

  async get(id: string): Promise<Image | undefined> {
    const [row] = await this.database.run(GET, [id]);
    return row && toImage(row);
  }

  async markUploaded(id: string, at: string): Promise<MarkOutcome> {
    const marked = await this.database.run(MARK, [id, at]);
    if (marked.length > 0) return "marked";
    return (await this.get(id)) === undefined ? "unknown" : "already";
  }

  async list(mocId: string, limit: number): Promise<readonly Image[]> {
    return (await this.database.run(LIST, [mocId, limit])).map(toImage);
  }
}

function toImage(row: Row): Image {
  const { id, moc_id, content_type, size_bytes, created_at, uploaded_at } = row as {
    id: string;
    moc_id: string;
    content_type: ImageType;
    size_bytes: number;
    created_at: Date;
    uploaded_at: Date | null;
  };
  return {
    id,
    mocId: moc_id,
    contentType: content_type,
    sizeBytes: size_bytes,
    createdAt: created_at.toISOString(),
    ...(uploaded_at && { uploadedAt: uploaded_at.toISOString() }),
  };
}
