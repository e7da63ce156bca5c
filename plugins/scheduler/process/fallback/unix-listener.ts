import { Buffer } from "node:buffer";
import { createServer } from "node:net";

/** A connection of either runtime. */
export interface Connection {
  write(bytes: Uint8Array): void;
  /** Closes it once everything is written. */
  end(): void;
  /** Closes it at once. */
  destroy(): void;
}

/** What happens on a connection; `closed` comes last, once. */
export interface ConnectionEvents {
  data(chunk: Buffer): void;
  closed(): void;
}

/** Takes a connection and says who listens to it. */
export type Accept = (connection: Connection) => ConnectionEvents;

/** How each runtime listens on a unix socket. Resolves once it does. */
export const UNIX_LISTENER: { readonly listen: (path: string, accept: Accept) => Promise<void> } =
  "Deno" in globalThis ? { listen: listenOnDeno } : { listen: listenOnNode };

function listenOnNode(path: string, accept: Accept): Promise<void> {
  const server = createServer((socket) => {
    const events = accept({
      write: (bytes) => void socket.write(bytes),
      end: () => void socket.end(),
      destroy: () => void socket.destroy(),
    });
    socket.on("data", (chunk) => events.data(chunk));
    socket.on("error", () => {}); // "close" follows
    socket.on("close", () => events.closed());
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
}

/** What is used of Deno's own sockets. */
interface DenoSockets {
  listen(at: { readonly transport: "unix"; readonly path: string }): AsyncIterable<DenoConnection>;
}

interface DenoConnection {
  read(into: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  close(): void;
}

/** Deno 2.9 lets programs inherit the sockets of `node:net`: a task could have spoken for the server. */
function listenOnDeno(path: string, accept: Accept): Promise<void> {
  const { Deno } = globalThis as unknown as { readonly Deno: DenoSockets };
  const listener = Deno.listen({ transport: "unix", path });
  void (async () => {
    for await (const connection of listener) void attend(connection, accept);
  })();
  return Promise.resolve();
}

async function attend(connection: DenoConnection, accept: Accept): Promise<void> {
  let written = Promise.resolve();
  let open = true;
  const destroy = () => {
    if (open) connection.close();
    open = false;
  };
  const events = accept({
    write: (bytes) =>
      void (written = written.then(() => writeAll(connection, bytes)).catch(destroy)),
    end: () => void written.then(destroy),
    destroy,
  });
  const room = new Uint8Array(65_536);
  while (open) {
    const length = await connection.read(room).catch(() => null);
    if (length === null) break;
    events.data(Buffer.from(room.subarray(0, length)));
  }
  destroy();
  events.closed();
}

async function writeAll(connection: DenoConnection, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await connection.write(bytes.subarray(done));
}
