// The AI SDK's core: one way to ask, whichever provider's model it is given.
import assert from "node:assert/strict";

import { APICallError, generateText, jsonSchema, Output, StreamProviderError, streamText, tool } from "ai";

import { joined, streamed, toolCall } from "./streamed.mjs";

const isTold = (failure) => APICallError.isInstance(failure) || StreamProviderError.isInstance(failure);

/** `modelOf(ask)` makes the provider's model; `options` are of the call. */
export function asking(modelOf, options = {}) {
  const asked = (ask) => ({
    model: modelOf(ask),
    prompt: ask.prompt,
    maxOutputTokens: ask.maxTokens,
    maxRetries: 0,
    timeout: 30_000,
    ...options,
  });

  async function* parts(ask, more = {}) {
    // Without `onError` errors are printed too.
    const { stream } = streamText({ ...asked(ask), ...more, abortSignal: ask.signal, onError() {} });
    for await (const part of stream) {
      if (part.type === "error") throw part.error;
      yield part;
    }
  }

  async function* pieces(ask, more) {
    for await (const part of parts(ask, more)) if (part.type === "text-delta") yield part.text;
  }

  async function tools(ask) {
    const offered = { [ask.toolName]: tool({ inputSchema: jsonSchema(ask.parameters) }) };
    const call = { name: "", json: "", input: undefined };
    for await (const part of parts(ask, { tools: offered, toolChoice: ask.toolChoice })) {
      if (part.type === "tool-input-start") call.name += part.toolName;
      if (part.type === "tool-input-delta") call.json += part.delta;
      if (part.type === "tool-call") call.input = part.input;
    }
    const gathered = toolCall(call.name, call.json);
    assert.deepEqual(call.input, gathered.arguments);
    return gathered;
  }

  return {
    ...streamed(pieces, isTold),
    whole: async (ask) => (await generateText(asked(ask))).text,
    tools,
    json: (ask) => joined(pieces(ask, { output: Output.object({ schema: jsonSchema(ask.schema) }) })),
  };
}
