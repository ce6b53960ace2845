// What the AI SDK's `useChat` has inside: its transport, and the reader that turns the stream into a message.
import assert from "node:assert/strict";

import { APICallError, DefaultChatTransport, generateId, getToolName, isToolUIPart, readUIMessageStream } from "ai";

import { streamed } from "./streamed.mjs";

// An error part becomes a plain Error; a part that breaks the protocol another kind.
const isTold = (failure) => APICallError.isInstance(failure) || failure.name === "Error";

async function* messages({ url, model, maxTokens, prompt, signal }, more = {}) {
  const transport = new DefaultChatTransport({ api: `${url}/ui/chat`, body: { model, maxOutputTokens: maxTokens } });
  const stream = await transport.sendMessages({
    chatId: generateId(),
    trigger: "submit-message",
    messages: [{ id: generateId(), role: "user", parts: [{ type: "text", text: prompt }] }],
    body: more,
    abortSignal: signal,
  });
  let failure;
  yield* readUIMessageStream({ stream, onError: (error) => (failure = error) });
  if (failure) throw failure;
}

async function* pieces(ask) {
  let seen = "";
  for await (const { parts } of messages(ask)) {
    const text = parts.map((part) => (part.type === "text" ? part.text : "")).join("");
    assert.ok(text.startsWith(seen), `${text} does not go on from ${seen}`);
    yield text.slice(seen.length);
    seen = text;
  }
}

export const { text, error, cut, stop } = streamed(pieces, isTold);

export async function tools(ask) {
  const offered = [{ type: "function", name: ask.toolName, inputSchema: ask.parameters }];
  const calls = new Map();
  for await (const { parts } of messages(ask, { tools: offered, toolChoice: ask.toolChoice })) {
    for (const part of parts.filter(isToolUIPart)) calls.set(part.toolCallId, part);
  }
  const [call] = calls.values();
  assert.deepEqual([calls.size, call?.state], [1, "input-available"]);
  return { name: getToolName(call), arguments: call.input };
}
