// Readers of patches: the AI SDK, which must not notice them, and eventsource-parser, whose `onComment` hears them.
import { createOpenAI } from "@ai-sdk/openai";
import { createParser } from "eventsource-parser";

import { asking } from "./ai.mjs";

const headers = { "Sluiceway-Partial": "json" };

export const { text } = asking(({ url, model }) =>
  createOpenAI({ baseURL: `${url}/v1`, apiKey: "any", headers }).chat(model),
);

export async function heard({ url, model, prompt }) {
  const body = JSON.stringify({ model, stream: true, messages: [{ role: "user", content: prompt }] });
  const answer = await fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body });
  const patches = [];
  const parser = createParser({
    onComment(comment) {
      if (comment.trimStart().startsWith("sluiceway ")) patches.push(JSON.parse(comment.trimStart().slice(10)));
    },
  });
  for await (const text of answer.body.pipeThrough(new TextDecoderStream())) parser.feed(text);
  return patches;
}
