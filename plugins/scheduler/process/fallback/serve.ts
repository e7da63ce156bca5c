import { randomBytes } from "node:crypto";
import { rmdirSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import process from "node:process";
import {
  ANSWER,
  FrameSplitter,
  PROTOCOL,
  REQUEST,
  type WireReader,
  WireWriter,
} from "../launcher-wire.ts";
import { FallbackLauncher } from "./fallback-launcher.ts";

const END_GRACE_MS = 5_000;

/** What it is started with. */
export interface ServeOptions {
  readonly folder: string;
  readonly socketPath: string;
  /** How long it stays without a client and without running attempts. */
  readonly idleMs: number;
}

/** Serves one client at a time until there is nothing to do; resolves once the socket answers. */
export function serve(options: ServeOptions): Promise<void> {
  return new LauncherServer(options).listen();
}

class LauncherServer {
  readonly #options: ServeOptions;
  readonly #launcher: FallbackLauncher;
  readonly #server: Server;
  readonly #instance = randomBytes(16).toString("hex");
  readonly #out = new WireWriter();
  #client: Socket | undefined;
  #idle: ReturnType<typeof setTimeout> | undefined;
  #ending = false;

  constructor(options: ServeOptions) {
    this.#options = options;
    this.#launcher = new FallbackLauncher(options.folder, () => this.#settled());
    this.#server = createServer((socket) => this.#accept(socket));
  }

  listen(): Promise<void> {
    process.umask(0o177);
    rmSync(this.#options.socketPath, { force: true });
    process.on("SIGTERM", () => {
      this.#ending = true;
      this.#launcher.stopAll(END_GRACE_MS);
      this.#endIfIdle(0);
    });
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(this.#options.socketPath, () => {
        process.umask(0o022);
        this.#endIfIdle(this.#options.idleMs);
        resolve();
      });
    });
  }

  #accept(socket: Socket): void {
    const splitter = new FrameSplitter();
    socket.on("data", (chunk) => {
      splitter.push(chunk, (frame) => this.#take(socket, frame));
      this.#flush();
    });
    socket.on("error", () => {}); // "close" follows
    socket.on("close", () => this.#lost(socket, this.#options.idleMs));
  }

  #take(socket: Socket, frame: WireReader): void {
    if (socket.destroyed) return; // replaced: what it still sent is not done
    if (this.#client !== socket) return this.#hello(socket, frame);
    if (frame.op === REQUEST.bye) {
      socket.end();
      return this.#lost(socket, 0);
    }
    if (!this.#launcher.answer(frame, this.#out)) socket.destroy();
  }

  #hello(socket: Socket, frame: WireReader): void {
    const protocol = frame.op === REQUEST.hello ? frame.u32() : 0;
    const epoch = protocol === PROTOCOL ? frame.f64() : -1;
    const { state } = this.#launcher;
    if (epoch < state.epoch) {
      const refusal = new WireWriter();
      refusal.beginFrame(ANSWER.refused);
      refusal.u32(PROTOCOL);
      refusal.f64(state.epoch);
      refusal.endFrame();
      socket.end(refusal.take());
      return;
    }
    this.#client?.destroy();
    this.#client = socket;
    this.#out.cutTo(0);
    clearTimeout(this.#idle);
    if (epoch > state.epoch) state.noteEpoch(epoch);
    this.#out.beginFrame(ANSWER.welcome);
    this.#out.u32(PROTOCOL);
    this.#out.text(this.#instance);
    this.#out.u32(process.pid);
    this.#out.endFrame();
  }

  #flush(): void {
    if (!this.#client) return;
    this.#launcher.tell(this.#out);
    if (this.#out.length > 0) this.#client.write(this.#out.take());
  }

  #settled(): void {
    this.#flush();
    if (!this.#client) this.#endIfIdle(0);
  }

  #lost(socket: Socket, idleMs: number): void {
    if (this.#client !== socket) return;
    this.#client = undefined;
    this.#endIfIdle(idleMs);
  }

  #endIfIdle(afterMs: number): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      if (this.#launcher.hasRunning || (this.#client && !this.#ending)) return;
      rmSync(this.#options.socketPath, { force: true });
      removeEmpty(dirname(this.#options.socketPath));
      process.exit(0);
    }, afterMs);
  }
}

/** The private folder of a socket whose path would be too long; the instance's own is never empty. */
function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // it holds something
  }
}
