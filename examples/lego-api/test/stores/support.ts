import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, connect, type AddressInfo } from "node:net";
import { randomUUID } from "node:crypto";
import pg from "pg";
import { databaseSettings } from "../../src/adapters/postgres/settings.ts";
import type { Moc } from "../../src/domain/moc.ts";

/** What global-setup.ts has made sure of. */
export const given = (name: string): string => process.env[name] ?? "";

export const DATABASE_URL = given("TEST_DATABASE_URL");

/** A connection of the test's own, beside those that are tested. */
export async function asAdmin<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(databaseSettings({ DATABASE_URL }));
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export const newMoc = (overrides: Partial<Moc> = {}): Moc => ({
  id: randomUUID(),
  createdAt: new Date().toISOString(),
  title: "Castle",
  description: "With a drawbridge",
  pieceCount: 1200,
  tags: ["castle", "grey"],
  ...overrides,
});

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

export interface OwnRedis {
  stop(): Promise<void>;
}

/** A Redis of the test's own, on a port of its choice, that it may stop. */
export async function startRedis(port: number): Promise<OwnRedis> {
  const args = ["--bind", "127.0.0.1", "--port", String(port), "--save", "", "--appendonly", "no", "--dir", "/tmp"];
  const server = spawn(given("TEST_REDIS_SERVER"), args, { stdio: "ignore" });
  const ended = once(server, "exit");
  const deadline = Date.now() + 10_000;
  while (!(await listens(port))) {
    if (server.exitCode !== null || Date.now() > deadline) throw new Error("Redis did not start");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    stop: async () => {
      server.kill("SIGKILL");
      await ended;
    },
  };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => {
      resolve(false);
    });
  });
}
