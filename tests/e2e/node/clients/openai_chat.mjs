// `client.chat.completions` of OpenAI's npm client.
import assert from "node:assert/strict";

import { connect, isTold } from "./openai.mjs";
import { joined, streamed, toolCall } from "./streamed.mjs";

const asked = ({ model, maxTokens, prompt }) => ({
  model,
  max_completion_tokens: maxTokens,
  messages: [{ role: "user", content: prompt }],
});

async function* pieces(ask, more = {}) {
  const request = { ...asked(ask), ...more, stream: true };
  const chunks = await connect(ask).chat.completions.create(request, { signal: ask.signal });
  for await (const chunk of chunks) yield chunk.choices[0]?.delta.content ?? "";
}

export const { text, error, cut, stop } = streamed(pieces, isTold);

export async function whole(ask) {
  const answer = await connect(ask).chat.completions.create(asked(ask));
  return answer.choices[0].message.content;
}

export async function tools(ask) {
  const offered = [{ type: "function", function: { name: ask.toolName, parameters: ask.parameters } }];
  const request = { ...asked(ask), tools: offered, tool_choice: ask.toolChoice };
  const stream = connect(ask).chat.completions.stream(request);
  let name = "";
  let json = "";
  for await (const chunk of stream) {
    for (const call of chunk.choices[0]?.delta.tool_calls ?? []) {
      name += call.function?.name ?? "";
      json += call.function?.arguments ?? "";
    }
  }
  const call = await stream.finalFunctionToolCall();
  assert.deepEqual([call.name, call.arguments], [name, json]);
  return toolCall(name, json);
}

export function json(ask) {
  const format = { type: "json_schema", json_schema: { name: "trip", schema: ask.schema, strict: true } };
  return joined(pieces(ask, { response_format: format }));
}
