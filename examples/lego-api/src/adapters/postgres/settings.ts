import { readFileSync } from "node:fs";
import type { PoolConfig } from "pg";
import { isLoopback } from "../loopback.ts";

type Env = Readonly<Record<string, string | undefined>>;

const SHAPE = "DATABASE_URL must be postgres://user:password@host:port/database";

/**
 * How to connect, fit for RDS Proxy: no startup options and no SET, which the proxy refuses or pins a connection for
 * (source: Amazon RDS User Guide, "Avoiding pinning an RDS Proxy"). So the time limit is kept on this side, and a
 * connection whose statement ran out of time is thrown away. What the server is to stop by itself is a setting of the
 * role. No error here repeats the address: it holds a password.
 */
export function databaseSettings(env: Env): PoolConfig & { readonly host: string } {
  const text = env["DATABASE_URL"] ?? "";
  if (!URL.canParse(text)) throw new Error(SHAPE);
  const url = new URL(text);
  const database = decodeURIComponent(url.pathname.slice(1));
  if (!["postgres:", "postgresql:"].includes(url.protocol) || !url.hostname || !url.username || !database) throw new Error(SHAPE);
  return {
    host: url.hostname,
    port: url.port === "" ? 5432 : Number(url.port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database,
    ssl: tls(url, env["DATABASE_CA"]),
    // A Lambda instance answers one request at a time: more than one connection would lie idle in the proxy.
    max: env["AWS_LAMBDA_FUNCTION_NAME"] === undefined ? 10 : 1,
    connectionTimeoutMillis: 3000,
    query_timeout: 5000,
    keepAlive: true,
    // A frozen instance runs no timers: whether a connection still lives shows when it is used.
    idleTimeoutMillis: 0,
  };
}

/** The certificate is always checked. Only on this machine may a connection go without one. */
function tls(url: URL, ca: string | undefined): PoolConfig["ssl"] {
  const mode = url.searchParams.get("sslmode");
  if (mode !== null && mode !== "disable" && mode !== "verify-full") {
    throw new Error("sslmode in DATABASE_URL must be verify-full, or disable for a server on this machine");
  }
  if (isLoopback(url.hostname) && mode !== "verify-full") return false;
  if (mode === "disable") throw new Error("sslmode=disable in DATABASE_URL is for a server on this machine only");
  return { rejectUnauthorized: true, ...(ca && { ca: ca.startsWith("-----BEGIN") ? ca : readFileSync(ca, "utf8") }) };
}
