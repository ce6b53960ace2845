// `client.messages` of Anthropic's npm client.
import assert from "node:assert/strict";

import Anthropic, { APIConnectionError, APIError } from "@anthropic-ai/sdk";

import { joined, streamed, toolCall } from "./streamed.mjs";

const connect = ({ url }) => new Anthropic({ baseURL: url, apiKey: "any", maxRetries: 0, timeout: 30_000 });
const isTold = (failure) => failure instanceof APIError && !(failure instanceof APIConnectionError);

const asked = ({ model, maxTokens, prompt }) => ({
  model,
  max_tokens: maxTokens ?? 400,
  messages: [{ role: "user", content: prompt }],
});

async function* pieces(ask, more = {}) {
  const stream = connect(ask).messages.stream({ ...asked(ask), ...more }, { signal: ask.signal });
  let text = "";
  for await (const event of stream) {
    if (event.delta?.type === "text_delta") {
      text += event.delta.text;
      yield event.delta.text;
    }
  }
  assert.equal(textOf(await stream.finalMessage()), text);
}

const textOf = ({ content }) => content.map((block) => (block.type === "text" ? block.text : "")).join("");

export const { text, error, cut, stop } = streamed(pieces, isTold);

export async function whole(ask) {
  return textOf(await connect(ask).messages.create(asked(ask)));
}

export async function tools(ask) {
  const offered = [{ name: ask.toolName, input_schema: ask.parameters }];
  const choice = { type: ask.toolChoice === "required" ? "any" : "auto" };
  const stream = connect(ask).messages.stream({ ...asked(ask), tools: offered, tool_choice: choice });
  let name = "";
  let json = "";
  for await (const event of stream) {
    if (event.content_block?.type === "tool_use") name += event.content_block.name;
    if (event.delta?.type === "input_json_delta") json += event.delta.partial_json;
  }
  const answer = await stream.finalMessage();
  const call = toolCall(name, json);
  assert.equal(answer.stop_reason, "tool_use");
  assert.deepEqual(answer.content.find((block) => block.type === "tool_use").input, call.arguments);
  return call;
}

export function json(ask) {
  return joined(pieces(ask, { output_config: { format: { type: "json_schema", schema: ask.schema } } }));
}
