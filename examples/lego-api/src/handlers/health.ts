import { type Handler, type Reply, route } from "../http.ts";
import type { Deps, Probe } from "../ports.ts";
import { lambda } from "../runtime.ts";
import { createHealthDeps } from "../runtime-health.ts";

type Needs = Pick<Deps, "log" | "build" | "probes" | "clock">;
type Finding = "ok" | "down";

const PING_MS = 1000;
/** Health checks come from many places at once: one look is good for all of them for so long. */
const FRESH_MS = 2000;

/** Says which build answers, and asks every store that is set up: one that is dead makes this 503. */
export function health({ log, build, probes, clock }: Needs): Handler {
  let last: { readonly at: number; readonly reply: Promise<Reply> } | undefined;
  return route(log, () => {
    const now = clock().getTime();
    if (last === undefined || now - last.at >= FRESH_MS) last = { at: now, reply: look({ log, build, probes }) };
    return last.reply;
  });
}

async function look({ log, build, probes }: Omit<Needs, "clock">): Promise<Reply> {
  if (probes.length === 0) return { status: 200, body: { status: "ok", ...build } };
  const findings = await Promise.all(
    probes.map(async (probe): Promise<[Probe["name"], Finding]> => [probe.name, await ask(probe, log)]),
  );
  const healthy = findings.every(([, finding]) => finding === "ok");
  return {
    status: healthy ? 200 : 503,
    body: { status: healthy ? "ok" : "unavailable", ...build, stores: Object.fromEntries(findings) },
  };
}

/** Why a store is down is for the log only. */
async function ask(probe: Probe, log: Needs["log"]): Promise<Finding> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${PING_MS} ms`));
    }, PING_MS);
  });
  try {
    await Promise.race([probe.ping(), late]);
    return "ok";
  } catch (error) {
    log.warn("a store does not answer", { store: probe.name, error: String(error) });
    return "down";
  } finally {
    clearTimeout(timer);
  }
}

export const handler = lambda("health", health, createHealthDeps);
