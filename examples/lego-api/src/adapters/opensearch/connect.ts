import type { Clock } from "../../ports.ts";
import { isLoopback } from "../loopback.ts";
import { OpenSearchClient } from "./client.ts";
import { OpenSearchIndex } from "./search-index.ts";
import { signerFor, unsigned } from "./sign.ts";

type Env = Readonly<Record<string, string | undefined>>;

const SHAPE = "OPENSEARCH_URL must be https://host without a path or a password, or http:// for a server on this machine";
const INDEX_SHAPE = /^[a-z0-9][a-z0-9_-]{0,63}$/;

export function connectSearch(env: Env, clock: Clock): OpenSearchIndex {
  const text = env["OPENSEARCH_URL"] ?? "";
  if (!URL.canParse(text)) throw new Error(SHAPE);
  const base = new URL(text);
  const secure = base.protocol === "https:" || (base.protocol === "http:" && isLoopback(base.hostname));
  if (!secure || base.username !== "" || base.pathname !== "/") throw new Error(SHAPE);
  const index = env["OPENSEARCH_INDEX"] ?? "mocs";
  if (!INDEX_SHAPE.test(index)) throw new Error("OPENSEARCH_INDEX must be lower-case letters, digits, - and _");
  return new OpenSearchIndex(new OpenSearchClient({ base, index, sign: signerFor(base.hostname, env, clock) ?? unsigned }));
}
