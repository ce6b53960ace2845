// Streams an answer with ids, by the client named first, and prints its text as JSON.
//   node resume.mjs openai|anthropic BASE_URL
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";

const [name, baseURL] = process.argv.slice(2);
const options = { apiKey: "any", maxRetries: 0, defaultHeaders: { "Sluiceway-Resume": "on" } };
const request = { model: "m", stream: true, messages: [{ role: "user", content: "Hi" }] };

async function openai() {
  const client = new OpenAI({ ...options, baseURL: `${baseURL}/v1` });
  let text = "";
  for await (const chunk of await client.chat.completions.create(request)) {
    text += chunk.choices[0]?.delta.content ?? "";
  }
  return text;
}

async function anthropic() {
  const client = new Anthropic({ ...options, baseURL });
  let text = "";
  for await (const event of await client.messages.create({ ...request, max_tokens: 9 })) text += event.delta?.text ?? "";
  return text;
}

console.log(JSON.stringify(await { openai, anthropic }[name]()));
