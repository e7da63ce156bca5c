import type { Buffer } from "node:buffer";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { FrameSplitter, PROTOCOL, REQUEST, WireWriter } from "../launcher-wire.ts";
import type { ProcessGround } from "./ground.ts";

/** A client that sends what it likes, once the launcher has welcomed it. */
export async function rawClient(ground: ProcessGround, epoch: number): Promise<RawClient> {
  const socket = connect(join(ground.dataDir, `launcher-${PROTOCOL}.sock`));
  const client = new RawClient(socket);
  const out = new WireWriter();
  out.beginFrame(REQUEST.hello);
  out.u32(PROTOCOL);
  out.f64(epoch);
  out.endFrame();
  socket.write(out.take());
  await client.answers(1);
  return client;
}

/** See {@link rawClient}. */
export class RawClient {
  readonly socket: Socket;
  #seen = 0;
  #wake = () => {};

  constructor(socket: Socket) {
    this.socket = socket;
    const splitter = new FrameSplitter();
    socket.on("data", (chunk) =>
      splitter.push(chunk as Buffer, () => {
        this.#seen++;
        this.#wake();
      }));
    socket.on("error", () => {}); // "close" follows
  }

  /** Resolves when that many frames have come, the welcome included. */
  async answers(count: number): Promise<void> {
    while (this.#seen < count) await new Promise<void>((resolve) => this.#wake = resolve);
  }

  async close(): Promise<void> {
    this.socket.destroy();
    if (!this.socket.closed) await once(this.socket, "close");
  }
}
