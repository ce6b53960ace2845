// OpenAI's npm client, as its three APIs share it.
import OpenAI, { APIConnectionError, APIError } from "openai";

export const connect = ({ url }) =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey: "any", maxRetries: 0, timeout: 30_000 });

/** Errors that the server told; a broken connection is none. */
export const isTold = (failure) => failure instanceof APIError && !(failure instanceof APIConnectionError);
