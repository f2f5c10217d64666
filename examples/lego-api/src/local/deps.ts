import { MemoryImageStore } from "../adapters/memory/image-store.ts";
import type { Deps } from "../ports.ts";
import { type Env, systemClock } from "../runtime.ts";
import { createAllDeps } from "../runtime-all.ts";
import { createImageStore } from "../runtime-images.ts";

/** Like a deployed function's, but images stay in memory too unless a bucket is named. */
export function createLocalDeps(env: Env, uploadsUrl: () => string): Deps {
  const images = env["IMAGES_BUCKET"] ? createImageStore(env, systemClock) : new MemoryImageStore(systemClock, uploadsUrl);
  return createAllDeps(env, images);
}
