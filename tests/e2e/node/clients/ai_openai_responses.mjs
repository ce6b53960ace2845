// The AI SDK with OpenAI's provider, responses.
import { createOpenAI } from "@ai-sdk/openai";

import { asking } from "./ai.mjs";

export const { text, whole, tools, json, error, cut, stop } = asking(({ url, model }) =>
  createOpenAI({ baseURL: `${url}/v1`, apiKey: "any" }).responses(model),
);
