import type { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import { PluginError } from "../../../protocol/sdk/typescript/mod.ts";
import {
  ANSWER,
  FrameSplitter,
  PROTOCOL,
  REQUEST,
  type WireReader,
  WireWriter,
} from "./launcher-wire.ts";

/** What a connection is made with. */
export interface ConnectionOptions {
  readonly socketPath: string;
  /** Starts a launcher; resolves when its socket answers. */
  launch(): Promise<void>;
  /** It is up; `generation` is unlike any before. */
  up(generation: string): void;
  /** It was up and is gone. */
  down(): void;
  /** A frame that nobody asked for. */
  told(frame: WireReader): void;
  /** Frames that came together have all been taken. */
  settled(): void;
}

/** One request. */
export interface Request<T> {
  /** Writes its frame. May throw, and has written nothing then. */
  write(to: WireWriter): void;
  /** Reads a frame of its answer; undefined = there is more to come. May throw. */
  read(answer: WireReader): T | undefined;
}

/** A request on its way; answers come in the order of the requests. */
interface Pending {
  /** False = the answer goes on. */
  take(answer: WireReader): boolean;
  fail(reason: Error): void;
}

/** How long a launcher may take to say hello. */
const HELLO_MS = 10_000;

/**
 * The way to the launcher. Requests of one turn of the event loop go out in one write. When it is
 * lost, what waits for answers fails as `unavailable`; the next request makes a new connection, and
 * a new launcher where none answers.
 */
export class LauncherConnection {
  readonly #options: ConnectionOptions;
  readonly #out = new WireWriter();
  readonly #pending = new PendingQueue();
  #socket: Socket | undefined;
  #opening: Promise<void> | undefined;
  #flushing = false;
  #connections = 0;
  #epoch = 0;
  #closed = false;
  #trouble = "";

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** True while the launcher answers. */
  get isUp(): boolean {
    return this.#socket !== undefined;
  }

  /** Why the last try to reach a launcher failed; "" = it did not. */
  get trouble(): string {
    return this.#trouble;
  }

  /**
   * Resolves when it is up.
   *
   * @throws {PluginError} `fenced` for an epoch that was outlived, `unavailable`.
   */
  async open(epoch: number): Promise<void> {
    this.#raise(epoch);
    if (!this.#socket) await (this.#opening ??= this.#open());
  }

  /**
   * Sends a request. The signal covers waiting for the answer only.
   *
   * @throws {PluginError} `fenced`, `unavailable`, `cancelled`, or what `write` and `read` throw.
   */
  request<T>(epoch: number, request: Request<T>, signal: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#raise(epoch);
      if (signal.aborted) throw cancelled();
      request.write(this.#out);
      const abort = () => reject(cancelled());
      signal.addEventListener("abort", abort);
      this.#pending.push({
        take(answer) {
          try {
            const value = request.read(answer);
            if (value === undefined) return false;
            resolve(value);
          } catch (reason) {
            reject(reason);
          }
          signal.removeEventListener("abort", abort);
          return true;
        },
        fail(reason) {
          signal.removeEventListener("abort", abort);
          reject(reason);
        },
      });
      if (this.#socket) this.#flushSoon();
      else this.#opening ??= this.#open();
      this.#opening?.catch(() => {}); // every pending request has been told
    });
  }

  /** Says good-bye, within `graceMs`. Idempotent. */
  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    await this.#opening?.catch(() => {});
    const socket = this.#socket;
    if (!socket) return;
    this.#out.beginFrame(REQUEST.bye);
    this.#out.endFrame();
    this.#flush();
    const timer = setTimeout(() => socket.destroy(), graceMs);
    await new Promise<void>((resolve) => {
      socket.once("close", () => resolve());
      socket.end();
    });
    clearTimeout(timer);
  }

  #raise(epoch: number): void {
    if (this.#closed) throw new PluginError("unavailable", "the scheduler was shut down");
    if (epoch < this.#epoch) throw fenced(epoch, this.#epoch);
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    if (!this.#socket) return; // the hello will say it
    this.#out.beginFrame(REQUEST.epoch);
    this.#out.f64(epoch);
    this.#out.endFrame();
  }

  async #open(): Promise<void> {
    try {
      await this.#dial().catch(async (reason) => {
        if (reason instanceof PluginError) throw reason;
        await this.#options.launch();
        await this.#dial();
      });
      this.#trouble = "";
      this.#flush();
    } catch (reason) {
      const error = reason instanceof PluginError ? reason : unavailable(reason);
      this.#trouble = error.message;
      this.#fail(error);
      throw error;
    } finally {
      this.#opening = undefined;
    }
  }

  /** Connects and says hello. */
  #dial(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const epoch = this.#epoch;
    const socket = connect(this.#options.socketPath);
    const splitter = new FrameSplitter();
    const timer = setTimeout(() => {
      socket.destroy(new PluginError("unavailable", "the launcher does not answer"));
    }, HELLO_MS);
    const take = (frame: WireReader) => {
      if (this.#socket === socket) return this.#take(frame);
      clearTimeout(timer);
      if (frame.op !== ANSWER.welcome) return socket.destroy(refusal(frame, epoch));
      this.#welcome(socket, frame, epoch);
      resolve();
    };
    socket.on("connect", () => socket.write(hello(epoch)));
    socket.on("data", (chunk: Buffer) => {
      splitter.push(chunk, take);
      if (this.#socket === socket) this.#options.settled();
    });
    socket.on("error", reject);
    socket.on("close", () => {
      clearTimeout(timer);
      reject(new Error("the launcher hung up"));
      if (this.#socket === socket) this.#lose();
    });
    return promise;
  }

  #welcome(socket: Socket, frame: WireReader, epoch: number): void {
    frame.u32();
    this.#socket = socket;
    this.#options.up(`${frame.text()}-${++this.#connections}`);
    if (epoch === this.#epoch) return;
    // it rose meanwhile: what waits was written before, and is no less allowed
    socket.write(hello(this.#epoch, REQUEST.epoch));
  }

  #take(frame: WireReader): void {
    if (frame.op === ANSWER.exited) return this.#options.told(frame);
    this.#pending.answer(frame);
  }

  #lose(): void {
    this.#socket = undefined;
    this.#fail(unavailable(new Error("the connection to the launcher was lost")));
    this.#options.down();
  }

  #fail(reason: Error): void {
    this.#out.cutTo(0);
    this.#pending.failAll(reason);
  }

  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#socket && this.#out.length > 0) this.#socket.write(this.#out.take());
  }
}

/** First in, first answered. */
class PendingQueue {
  #items: Pending[] = [];
  #answered = 0;

  push(item: Pending): void {
    this.#items.push(item);
  }

  answer(frame: WireReader): void {
    const item = this.#items[this.#answered];
    if (!item) throw new Error("the launcher answered what was not asked");
    if (item.take(frame)) this.#answered++;
    if (this.#answered < this.#items.length && this.#answered < 1_024) return;
    this.#items = this.#items.slice(this.#answered);
    this.#answered = 0;
  }

  failAll(reason: Error): void {
    const items = this.#items.slice(this.#answered);
    this.#items = [];
    this.#answered = 0;
    for (const item of items) item.fail(reason);
  }
}

function hello(epoch: number, op: number = REQUEST.hello): Uint8Array {
  const out = new WireWriter();
  out.beginFrame(op);
  if (op === REQUEST.hello) out.u32(PROTOCOL);
  out.f64(epoch);
  out.endFrame();
  return out.take();
}

function refusal(frame: WireReader, epoch: number): PluginError {
  const protocol = frame.op === ANSWER.refused ? frame.u32() : 0;
  if (protocol === PROTOCOL) return fenced(epoch, frame.f64());
  return new PluginError(
    "unavailable",
    `the launcher speaks protocol ${protocol}, not ${PROTOCOL}`,
  );
}

function fenced(epoch: number, seen: number): PluginError {
  return new PluginError("fenced", `epoch ${epoch} is over: epoch ${seen} was seen`);
}

function cancelled(): PluginError {
  return new PluginError("cancelled", "the caller did not wait for the launcher's answer");
}

function unavailable(reason: unknown): PluginError {
  const message = reason instanceof Error ? reason.message : String(reason);
  return new PluginError("unavailable", message, { cause: reason });
}
