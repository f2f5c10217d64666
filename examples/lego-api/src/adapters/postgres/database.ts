import { call } from "../../tracing/index.ts";

/** Its text never holds a value: those go beside it, so a trace may show the text. */
export interface Statement {
  readonly operation: "SELECT" | "INSERT" | "UPDATE" | "DELETE";
  readonly target: string;
  readonly text: string;
}

/** What is used of pg's pool. */
export interface Connections {
  query(query: { text: string; values: unknown[] }): Promise<{ rows: unknown[] }>;
  end(): Promise<void>;
}

export type Row = Readonly<Record<string, unknown>>;

const PING: Statement = { operation: "SELECT", target: "", text: "SELECT 1" };

// source: PostgreSQL manual, appendix A: class 08 and the server's shutdowns; the rest is what Node and pg say.
const DEAD_CODE = /^(?:08...|57P0[123]|ECONNRESET|ECONNREFUSED|EPIPE)$/;
const DEAD_MESSAGE = /^(?:Connection terminated|Client has encountered a connection error)/;

/** Whether a connection was lost, so that another one may do. A statement that ran out of time is not tried again. */
export function isDeadConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  const dead = (typeof code === "string" && DEAD_CODE.test(code)) || DEAD_MESSAGE.test(error.message);
  return dead && !error.message.includes("timeout");
}

/** Runs statements as spans, each once more on a new connection if the old one turns out to be dead. */
export class Database {
  private readonly connections: Connections;
  private readonly address: string;

  constructor(connections: Connections, address: string) {
    this.connections = connections;
    this.address = address;
  }

  /** Every statement given here must be safe to repeat: its first run may have been done before the connection died. */
  run({ operation, target, text }: Statement, values: readonly unknown[] = []): Promise<readonly Row[]> {
    return call({ system: "postgresql", operation, target, statement: text, address: this.address }, async (note) => {
      const query = { text, values: [...values] };
      const { rows } = await this.connections.query(query).catch((error: unknown) => {
        if (!isDeadConnection(error)) throw error;
        note.set("db.reconnected", true);
        return this.connections.query(query);
      });
      note.set("db.response.returned_rows", rows.length);
      return rows as Row[];
    });
  }

  async ping(): Promise<void> {
    await this.run(PING);
  }

  close(): Promise<void> {
    return this.connections.end();
  }
}
