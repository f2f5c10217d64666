import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

export interface Request {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

export interface Response {
  readonly status: number;
  readonly body: unknown;
}

export interface Running {
  readonly url: string;
  readonly requests: Request[];
  stop(): Promise<void>;
}

/** Serves JSON on loopback. "hang" never answers, "drop" closes the connection without an answer. */
export async function serve(answer: (request: Request) => Response | "hang" | "drop"): Promise<Running> {
  const requests: Request[] = [];
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const request = {
        method: incoming.method ?? "",
        url: new URL(incoming.url ?? "/", "http://localhost"),
        headers: incoming.headers,
        text: Buffer.concat(chunks).toString("utf8"),
      };
      requests.push(request);
      const result = answer(request);
      if (result === "hang") return;
      if (result === "drop") {
        incoming.socket.destroy();
        return;
      }
      const text = typeof result.body === "string" ? result.body : JSON.stringify(result.body);
      outgoing.writeHead(result.status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) }).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
