// The AI SDK with Anthropic's provider.
import { createAnthropic } from "@ai-sdk/anthropic";

import { asking } from "./ai.mjs";

// The provider asks models that it does not know for a tool call instead of an answer by a schema.
const providerOptions = { anthropic: { structuredOutputMode: "outputFormat" } };

export const { text, whole, tools, json, error, cut, stop } = asking(
  ({ url, model }) => createAnthropic({ baseURL: `${url}/v1`, apiKey: "any" })(model),
  { providerOptions },
);
