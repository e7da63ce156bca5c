import type { Ports } from "./ports.ts";

/** The real doors. */
export const realPorts: Ports = {
  async openClient(options) {
    const { openClient } = await import("../protocol/http/client/mod.ts");
    return openClient(options);
  },
  async readPipeline(text) {
    const [{ parsePipeline, pipelineHash }, { pipelineFileForm }] = await Promise.all([
      import("../core/pipeline/mod.ts"),
      import("./pipeline-file-form.ts"),
    ]);
    const { pipeline, problems } = parsePipeline(text);
    if (!pipeline) return { valid: false, problems };
    return {
      valid: true,
      file: pipelineFileForm(pipeline),
      definition: pipeline,
      hash: pipelineHash(pipeline),
    };
  },
  async diffPipelines(before, after) {
    const { diffPipelines } = await import("../core/pipeline/mod.ts");
    type Pipeline = Parameters<typeof diffPipelines>[0];
    return diffPipelines(before as unknown as Pipeline, after as unknown as Pipeline);
  },
  async openDev(options) {
    const { openDev } = await import("../core/server.ts");
    return await openDev(options);
  },
  async startServer(options) {
    const { startServer } = await import("../core/server.ts");
    return await startServer(options);
  },
  async checkEngine(options) {
    const { checkEngine } = await import("../core/server.ts");
    return await checkEngine(options);
  },
  async readSettings(options) {
    const { readSettings } = await import("../core/server.ts");
    return await readSettings(options);
  },
};
