import { randomBytes } from "node:crypto";
import { rmdirSync, rmSync } from "node:fs";
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
import { type Connection, type ConnectionEvents, UNIX_LISTENER } from "./unix-listener.ts";

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
  readonly #instance = randomBytes(16).toString("hex");
  readonly #out = new WireWriter();
  #client: Connection | undefined;
  /** Connections that are not listened to any more. */
  readonly #replaced = new WeakSet<Connection>();
  #idle: ReturnType<typeof setTimeout> | undefined;
  #ending = false;

  constructor(options: ServeOptions) {
    this.#options = options;
    this.#launcher = new FallbackLauncher(options.folder, () => this.#settled());
  }

  async listen(): Promise<void> {
    const { socketPath, idleMs } = this.#options;
    process.on("SIGTERM", () => {
      this.#ending = true;
      this.#launcher.stopAll(END_GRACE_MS);
      this.#endIfIdle(0);
    });
    rmSync(socketPath, { force: true });
    process.umask(0o177);
    await UNIX_LISTENER.listen(socketPath, (connection) => this.#accept(connection));
    process.umask(0o022);
    this.#endIfIdle(idleMs);
  }

  #accept(connection: Connection): ConnectionEvents {
    const splitter = new FrameSplitter();
    return {
      data: (chunk) => {
        if (this.#replaced.has(connection)) return; // what it still sent is not done
        splitter.push(chunk, (frame) => this.#take(connection, frame));
        this.#flush();
      },
      closed: () => this.#lost(connection, this.#options.idleMs),
    };
  }

  #take(connection: Connection, frame: WireReader): void {
    if (this.#replaced.has(connection)) return;
    if (this.#client !== connection) return this.#hello(connection, frame);
    if (frame.op === REQUEST.bye) {
      this.#drop(connection);
      return this.#lost(connection, 0);
    }
    if (!this.#launcher.answer(frame, this.#out)) this.#drop(connection);
  }

  #drop(connection: Connection): void {
    this.#replaced.add(connection);
    connection.destroy();
  }

  #hello(connection: Connection, frame: WireReader): void {
    const protocol = frame.op === REQUEST.hello ? frame.u32() : 0;
    const epoch = protocol === PROTOCOL ? frame.f64() : -1;
    const { state } = this.#launcher;
    if (epoch < state.epoch) {
      const refusal = new WireWriter();
      refusal.beginFrame(ANSWER.refused);
      refusal.u32(PROTOCOL);
      refusal.f64(state.epoch);
      refusal.endFrame();
      connection.write(refusal.take());
      this.#replaced.add(connection);
      return connection.end();
    }
    if (this.#client) this.#drop(this.#client);
    this.#client = connection;
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
    if (!this.#client || this.#ending) this.#endIfIdle(0);
  }

  #lost(connection: Connection, idleMs: number): void {
    if (this.#client !== connection) return;
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
