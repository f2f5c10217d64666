import { parseSessionRequest } from "../domain/session.ts";
import { type Handler, jsonBody, route } from "../http.ts";
import type { Deps } from "../ports.ts";
import { lambda } from "../runtime.ts";
import { createSessionDeps } from "../runtime-sessions.ts";

export const createSession = ({ tokens, log }: Pick<Deps, "tokens" | "log">): Handler =>
  route(log, async (event) => ({ status: 201, body: await tokens.exchange(parseSessionRequest(jsonBody(event))) }));

export const handler = lambda("create-session", createSession, createSessionDeps);
