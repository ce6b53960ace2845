// Asks once, in the way named first, and prints what came as one line of JSON.
//   node ask.mjs stream|whole|abort|error BASE_URL MODEL
import OpenAI from "openai";

const [how, baseURL, model] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey: "any", maxRetries: 0, timeout: 20_000 });
const request = { model, max_tokens: 8, messages: [{ role: "user", content: "Tell me a story about a river." }] };

async function stream() {
  const answer = await client.chat.completions.create({
    ...request,
    stream: true,
    stream_options: { include_usage: true },
  });
  const seen = { text: "", chunks: 0, finish: null, usage: null };
  for await (const chunk of answer) {
    seen.chunks += 1;
    seen.text += chunk.choices[0]?.delta.content ?? "";
    seen.finish = chunk.choices[0]?.finish_reason ?? seen.finish;
    seen.usage = chunk.usage ?? seen.usage;
  }
  return seen;
}

async function whole() {
  const answer = await client.chat.completions.create(request);
  return { text: answer.choices[0].message.content, finish: answer.choices[0].finish_reason, usage: answer.usage };
}

async function abort() {
  const answer = await client.chat.completions.create({ ...request, stream: true });
  let text = "";
  for await (const chunk of answer) {
    text += chunk.choices[0]?.delta.content ?? "";
    if (text) answer.controller.abort();
  }
  return { text, aborted: answer.controller.signal.aborted };
}

async function error() {
  let text = "";
  try {
    const answer = await client.chat.completions.create({ ...request, stream: true });
    for await (const chunk of answer) text += chunk.choices[0]?.delta.content ?? "";
    return { text, name: null };
  } catch (failure) {
    return { text, name: failure.constructor.name, status: failure.status ?? null, code: failure.code ?? null };
  }
}

console.log(JSON.stringify(await { stream, whole, abort, error }[how]()));
