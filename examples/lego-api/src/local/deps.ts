import { MemoryImageStore } from "../adapters/memory/image-store.ts";
import type { Deps } from "../ports.ts";
import { createBaseDeps, type Env } from "../runtime.ts";
import { createImageStore } from "../runtime-images.ts";

/** Like a deployed function's, but images stay in memory too unless a bucket is named. */
export function createLocalDeps(env: Env, uploadsUrl: () => string): Deps {
  const base = createBaseDeps(env);
  const images = env["IMAGES_BUCKET"]
    ? createImageStore(env, base.clock)
    : new MemoryImageStore(base.clock, uploadsUrl);
  return { ...base, images };
}
