import { type Call, call } from "../../tracing/index.ts";
import type { Sign } from "./sign.ts";

/** One request of ours. All of them may be repeated: a document has its id, and a search changes nothing. */
export interface Ask {
  readonly operation: string;
  readonly method: "GET" | "PUT" | "POST";
  readonly path: string;
  readonly body?: unknown;
  /** Its shape, without what was searched for. */
  readonly statement?: string;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface ClientOptions {
  readonly base: URL;
  readonly index: string;
  readonly sign: Sign;
  readonly timeoutMs?: number;
  readonly pauseMs?: number;
}

// Too much to do, or a node that is going: another attempt may meet a better one.
const BUSY = [429, 502, 503, 504];
const ATTEMPTS = 2;

/** OpenSearch's REST API in the few words that are needed, each bounded in time and tried twice. */
export class OpenSearchClient {
  readonly index: string;
  private readonly options: Required<ClientOptions>;

  constructor(options: ClientOptions) {
    this.options = { timeoutMs: 2000, pauseMs: 100, ...options };
    this.index = options.index;
  }

  /** Resolves with an answer below 500 that is no plea to wait; anything else is an error. */
  ask(ask: Ask): Promise<Answer> {
    const what: Call = {
      system: "opensearch",
      operation: ask.operation,
      target: this.index,
      address: this.options.base.hostname,
      ...(ask.statement !== undefined && { statement: ask.statement }),
    };
    return call(what, async (note) => {
      for (let attempt = 1; ; attempt++) {
        try {
          const answer = await this.send(ask);
          note.set("http.response.status_code", answer.status);
          if (!BUSY.includes(answer.status) && answer.status < 500) return answer;
          throw new Error(`OpenSearch answered ${answer.status} to ${ask.operation}${reasonIn(answer.body)}`);
        } catch (error) {
          if (attempt === ATTEMPTS) throw error;
          note.set("http.request.resend_count", attempt);
          await new Promise((resolve) => setTimeout(resolve, this.options.pauseMs));
        }
      }
    });
  }

  private async send({ method, path, body }: Ask): Promise<Answer> {
    const url = new URL(path, this.options.base);
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = await this.options.sign({
      method,
      url,
      headers: text === undefined ? {} : { "content-type": "application/json" },
      body: text,
    });
    // fetch sets the host itself, and to the same.
    delete headers["host"];
    const response = await fetch(url, {
      method,
      headers,
      signal: AbortSignal.timeout(this.options.timeoutMs),
      redirect: "error",
      ...(text !== undefined && { body: text }),
    });
    return { status: response.status, body: parse(await response.text()) };
  }
}

/** What an answer says is wrong: its type only, for a reason may quote a document. */
export function reasonIn(body: unknown): string {
  const type = (body as { error?: { type?: unknown } } | undefined)?.error?.type;
  return typeof type === "string" ? `: ${type}` : "";
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
