import type { ErrandClient, PipelineItem } from "../protocol/http/client/mod.ts";

/** Every pipeline of the client's namespace, by name; each page is read when it is reached. */
export async function* allPipelines(client: ErrandClient): AsyncGenerator<PipelineItem, void> {
  let cursor: string | undefined;
  do {
    const page = await client.pipelines.list({ limit: 500, ...(cursor ? { cursor } : {}) });
    yield* page.items;
    cursor = page.cursor;
  } while (cursor !== undefined);
}
