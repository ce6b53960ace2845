// `client.responses` of OpenAI's npm client.
import assert from "node:assert/strict";

import { APIError } from "openai";

import { connect, isTold } from "./openai.mjs";
import { joined, streamed, toolCall } from "./streamed.mjs";

const asked = ({ model, maxTokens, prompt }) => ({ model, max_output_tokens: maxTokens, input: prompt });

async function* events(ask, more) {
  const request = { ...asked(ask), ...more, stream: true };
  yield* await connect(ask).responses.create(request, { signal: ask.signal });
}

async function* pieces(ask, more = {}) {
  let text = "";
  for await (const event of events(ask, more)) {
    switch (event.type) {
      case "response.output_text.delta":
        text += event.delta;
        yield event.delta;
        break;
      case "response.failed":
        throw new APIError(undefined, event.response.error, undefined, undefined);
      case "response.completed":
        assert.equal(outputText(event.response), text);
    }
  }
}

// The client adds `output_text` itself, to whole answers only.
const outputText = ({ output }) =>
  output
    .flatMap((item) => (item.type === "message" ? item.content : []))
    .map((part) => (part.type === "output_text" ? part.text : ""))
    .join("");

export const { text, error, cut, stop } = streamed(pieces, isTold);

export async function whole(ask) {
  const answer = await connect(ask).responses.create(asked(ask));
  return answer.output_text;
}

export async function tools(ask) {
  const offered = [{ type: "function", name: ask.toolName, parameters: ask.parameters, strict: false }];
  let name = "";
  let json = "";
  for await (const event of events(ask, { tools: offered, tool_choice: ask.toolChoice })) {
    if (event.type === "response.output_item.added" && event.item.type === "function_call") name += event.item.name;
    if (event.type === "response.function_call_arguments.delta") json += event.delta;
    if (event.type === "response.function_call_arguments.done") assert.equal(event.arguments, json);
  }
  return toolCall(name, json);
}

export function json(ask) {
  const format = { type: "json_schema", name: "trip", schema: ask.schema, strict: true };
  return joined(pieces(ask, { text: { format } }));
}
