// `client.completions` of OpenAI's npm client, which have text only.
import { connect, isTold } from "./openai.mjs";
import { streamed } from "./streamed.mjs";

const asked = ({ model, maxTokens, prompt }) => ({ model, prompt, max_tokens: maxTokens ?? 400 });

async function* pieces(ask) {
  const chunks = await connect(ask).completions.create({ ...asked(ask), stream: true }, { signal: ask.signal });
  for await (const chunk of chunks) yield chunk.choices[0]?.text ?? "";
}

export const { text, error, cut, stop } = streamed(pieces, isTold);

export async function whole(ask) {
  const answer = await connect(ask).completions.create(asked(ask));
  return answer.choices[0].text;
}
