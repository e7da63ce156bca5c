import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePipeline, pipelineHash } from "../core/pipeline/mod.ts";
import { pipelineFileForm } from "./pipeline-file-form.ts";

const RICH = `
name: rich
description: All keys
labels: {team: data}
params:
  url: {type: string, default: "http://x/", pattern: "^http", minLength: 1, maxLength: 99}
  depth: {type: integer, minimum: 1, maximum: 9, default: 2, description: How deep}
  mode: {type: string, enum: [a, b]}
  loud: {type: boolean, required: false}
env: {TZ: UTC, LITERAL: "$\${{ not an expression", N: 5}
defaults: {timeout: {queue: 1h, start: 5m, run: 10m}, grace: 3s, shell: [/bin/bash, -c]}
parallelism: 4
timeout: 1h30m
priority: -7
tasks:
  one:
    run: |
      echo "$URL"
      exit 0
    shell: [/bin/sh, -eu, -c]
    env: {URL: "\${{ params.url }}", TOKEN: "\${{ secrets['crawl-token'] }}"}
    retry: {attempts: 3, delay: 0s, backoff: exponential, maxDelay: 1m, jitter: true, causes: [exit, outputs]}
    outputs: {broken: integer, pages: json}
    workdir: sub
  two: {command: ["x", "\${{ params.depth }}"], needs: {one: any}, when: params.depth > 1, allowFailure: true}
after:
  clean: {run: "rm -rf out", timeout: 5s}
`;

test("a canonical form written as a file parses to the same canonical form", () => {
  const texts = [RICH, "name: least\ntasks: {t: {run: 'true'}}"];
  for (const text of texts) {
    const { pipeline, problems } = parsePipeline(text);
    assert.deepEqual(problems, []);
    const again = parsePipeline(JSON.stringify(pipelineFileForm(pipeline!)));
    assert.deepEqual(again.problems, []);
    assert.deepEqual(again.pipeline, pipeline);
    assert.equal(pipelineHash(again.pipeline!), pipelineHash(pipeline!));
  }
});
