"""Requests that ask for much at once, in the words of every dialect that has readers."""

from __future__ import annotations

import json

__all__ = ["RICH"]

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
PDF = "JVBERi0xLjQKJUVPRgo="
PNG_URL = f"data:image/png;base64,{PNG}"
PDF_URL = f"data:application/pdf;base64,{PDF}"
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
ARGUMENTS = '{"city":"Paris","days":12345678901234567890}'

Body = dict[str, object]

_MARK: Body = {"type": "ephemeral"}
_SAMPLING: Body = {"temperature": 0.5, "top_p": 0.9}


def _chat_tool(name: str, **more: object) -> Body:
    return {"type": "function", "function": {"name": name, "description": "d", "parameters": SCHEMA, **more}}


def _chat_call(number: int, name: str = "weather") -> Body:
    return {"id": f"call_{number}", "type": "function", "function": {"name": name, "arguments": ARGUMENTS}}


def _chat_result(number: int, content: object = "sunny") -> Body:
    return {"role": "tool", "tool_call_id": f"call_{number}", "content": content}


_CHAT_TURNS: list[Body] = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": [{"type": "text", "text": "Compare"}, {"type": "text", "text": " them."}]},
    {"role": "assistant", "content": "I look.", "tool_calls": [_chat_call(1), _chat_call(2)]},
    _chat_result(1),
    _chat_result(2, [{"type": "text", "text": '{"sky":"blue"}'}]),
    {"role": "assistant", "content": "Both are fine."},
    {"role": "user", "content": "Why?"},
]
_PICTURE: list[Body] = [
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "What is it?"},
            {"type": "image_url", "image_url": {"url": PNG_URL, "detail": "high"}},
            {"type": "text", "text": "Be exact."},
        ],
    }
]
_NOTE: Body = {"type": "custom", "custom": {"name": "note", "description": "d"}}
_NOTE_CALL: Body = {"id": "call_9", "type": "custom", "custom": {"name": "note", "input": "not JSON"}}
_JSON_SCHEMA: Body = {"name": "place", "schema": SCHEMA, "description": "a place", "strict": True}

_CHAT: dict[str, Body] = {
    "turns": {"messages": _CHAT_TURNS, "tools": [_chat_tool("weather", strict=True), _chat_tool("time")]},
    "one turn": {
        "messages": [{"role": "developer", "content": "Be brief."}, {"role": "user", "content": "Why?"}],
        **_SAMPLING,
        "max_completion_tokens": 99,
        "top_k": 40,
        "seed": 7,
        "frequency_penalty": 0.1,
        "presence_penalty": 0.2,
        "stream": True,
    },
    "stops": {"messages": _CHAT_TURNS[1:2], "stop": ["END", "\n\n"]},
    "several": {"messages": _CHAT_TURNS[:2], "n": 2, "logprobs": True, "top_logprobs": 3},
    "picture": {"messages": _PICTURE},
    "far picture": {
        "messages": [
            {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]}
        ]
    },
    "file": {
        "messages": [
            {"role": "user", "content": [{"type": "file", "file": {"file_data": PDF_URL, "filename": "a.pdf"}}]}
        ]
    },
    "file by id": {"messages": [{"role": "user", "content": [{"type": "file", "file": {"file_id": "file-1"}}]}]},
    "sound": {
        "messages": [
            {"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}]}
        ]
    },
    **{
        f"choice {choice if isinstance(choice, str) else number}": {
            "messages": _CHAT_TURNS[:2],
            "tools": [_chat_tool("weather"), _chat_tool("time"), _chat_tool("news")],
            "tool_choice": choice,
            "parallel_tool_calls": False,
        }
        for number, choice in enumerate(
            [
                "auto",
                "none",
                "required",
                {"type": "function", "function": {"name": "time"}},
                *(
                    {
                        "type": "allowed_tools",
                        "allowed_tools": {
                            "mode": mode,
                            "tools": [{"type": "function", "function": {"name": name}} for name in ("time", "news")],
                        },
                    }
                    for mode in ("auto", "required")
                ),
            ]
        )
    },
    "custom tool": {
        "messages": [
            *_CHAT_TURNS[:2],
            {"role": "assistant", "tool_calls": [_NOTE_CALL, _chat_call(1)]},
            _chat_result(9, "noted"),
            _chat_result(1),
        ],
        "tools": [_NOTE, _chat_tool("weather")],
        "tool_choice": {"type": "custom", "custom": {"name": "note"}},
    },
    "custom grammar": {
        "messages": _CHAT_TURNS[:2],
        "tools": [
            {
                "type": "custom",
                "custom": {
                    "name": "note",
                    "format": {"type": "grammar", "grammar": {"syntax": "regex", "definition": "a+"}},
                },
            }
        ],
    },
    "schema": {
        "messages": _CHAT_TURNS[:2],
        "response_format": {"type": "json_schema", "json_schema": _JSON_SCHEMA},
    },
    "object": {"messages": _CHAT_TURNS[:2], "response_format": {"type": "json_object"}},
    "foreign form": {"messages": _CHAT_TURNS[:2], "response_format": {"type": "grammar", "grammar": "x"}},
    **{
        f"effort {word}": {"messages": _CHAT_TURNS[:2], "reasoning_effort": word}
        for word in ("none", "minimal", "low", "medium", "high", "xhigh")
    },
    "reasoning": {
        "messages": [
            *_CHAT_TURNS[:2],
            {"role": "assistant", "reasoning_content": "First", "content": "Both."},
            _CHAT_TURNS[-1],
        ]
    },
    "names": {"messages": [{"role": "user", "name": "ann", "content": "a"}, {"role": "user", "content": "b"}]},
    "refusal": {
        "messages": [*_CHAT_TURNS[:2], {"role": "assistant", "content": None, "refusal": "no"}, _CHAT_TURNS[-1]]
    },
    "late system": {"messages": [*_CHAT_TURNS, {"role": "system", "content": "Now in French."}]},
    "extras": {"messages": _CHAT_TURNS[:2], "metadata": {"a": "b"}, "logit_bias": None, "user": "u"},
    "marked": {
        "messages": [
            {"role": "system", "content": [{"type": "text", "text": "Be brief.", "cache_control": _MARK}]},
            {"role": "user", "content": [{"type": "text", "text": "Why?", "cache_control": _MARK, "new": 1}]},
        ],
        "tools": [{**_chat_tool("weather", new=1), "cache_control": _MARK}],
    },
    "refused result": {
        "messages": [
            *_CHAT_TURNS[:2],
            {"role": "assistant", "content": None, "tool_calls": [_chat_call(1)]},
            _chat_result(1, [{"type": "refusal", "refusal": "no"}]),
        ]
    },
    "shown result": {
        "messages": [
            *_CHAT_TURNS[:2],
            {"role": "assistant", "content": None, "tool_calls": [_chat_call(1)]},
            _chat_result(1, [{"type": "video_url", "video_url": {"url": "https://example.com/a.mp4"}}]),
        ]
    },
    "kept sound": {
        "messages": [*_CHAT_TURNS[:2], {"role": "assistant", "audio": {"id": "audio_1"}}, _CHAT_TURNS[-1]]
    },
    "demands": {"messages": _CHAT_TURNS[:2], "modalities": ["text", "audio"], "audio": {"voice": "x"}},
}

_FUNCTION: Body = {"type": "function", "name": "weather", "description": "d", "parameters": SCHEMA, "strict": True}


def _item_call(number: int, name: str = "weather") -> Body:
    return {"type": "function_call", "call_id": f"call_{number}", "name": name, "arguments": ARGUMENTS}


def _item_result(number: int, output: object = "sunny") -> Body:
    return {"type": "function_call_output", "call_id": f"call_{number}", "output": output}


_ITEMS: list[Body] = [
    {"role": "user", "content": "Compare."},
    {"type": "reasoning", "summary": [{"type": "summary_text", "text": "First"}], "encrypted_content": "c2ln"},
    {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "I look."}]},
    _item_call(1),
    _item_call(2),
    _item_result(1),
    _item_result(2, '{"sky":"blue"}'),
    {"role": "user", "content": [{"type": "input_text", "text": "Why?"}]},
]

_RESPONSES: dict[str, Body] = {
    "turns": {"input": _ITEMS, "instructions": "Be brief.", "tools": [_FUNCTION], "stream": True},
    "text": {
        "input": "Why?",
        **_SAMPLING,
        "max_output_tokens": 99,
        "top_logprobs": 2,
        "metadata": {"a": "b"},
        "text": {"verbosity": "low"},
    },
    "summary": {"input": "Why?", "reasoning": {"effort": "high", "summary": "auto"}},
    "unsigned": {
        "input": [
            {"role": "user", "content": "a"},
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": "First"}]},
            {"role": "assistant", "content": "b"},
            {"role": "user", "content": "c"},
        ]
    },
    "schema": {"input": "Why?", "text": {"format": {"type": "json_schema", **_JSON_SCHEMA}}},
    "picture": {
        "input": [
            {
                "role": "user",
                "content": [
                    {"type": "input_text", "text": "What is it?"},
                    {"type": "input_image", "image_url": PNG_URL, "detail": "low"},
                ],
            }
        ]
    },
    "shown result": {
        "input": [
            {"role": "user", "content": "a"},
            _item_call(1),
            _item_result(
                1,
                [
                    {"type": "input_text", "text": "this:"},
                    {"type": "input_image", "image_url": PNG_URL, "detail": "auto"},
                ],
            ),
        ],
        "tools": [_FUNCTION],
    },
    "far file": {
        "input": [
            {"role": "user", "content": [{"type": "input_file", "file_url": "https://example.com/a.pdf"}]},
        ]
    },
    "file": {
        "input": [
            {"role": "user", "content": [{"type": "input_file", "file_data": PDF_URL, "filename": "a.pdf"}]},
        ]
    },
    "choice": {
        "input": "a",
        "tools": [_FUNCTION, {**_FUNCTION, "name": "time"}],
        "tool_choice": {"type": "function", "name": "time"},
        "parallel_tool_calls": False,
    },
    "custom": {
        "input": [
            {"role": "user", "content": "a"},
            {"type": "custom_tool_call", "call_id": "call_9", "name": "note", "input": "not JSON"},
            {"type": "custom_tool_call_output", "call_id": "call_9", "output": "noted"},
        ],
        "tools": [{"type": "custom", "name": "note"}, _FUNCTION],
        "tool_choice": {"type": "custom", "name": "note"},
    },
    "custom grammar": {
        "input": "a",
        "tools": [
            {
                "type": "custom",
                "name": "note",
                "format": {"type": "grammar", "syntax": "regex", "definition": "a+"},
            }
        ],
    },
    "hosted": {"input": "a", "tools": [{"type": "web_search"}]},
    "before": {"input": "a", "previous_response_id": "resp_1"},
    "strays": {
        "input": [
            {
                "role": "user",
                "phase": "commentary",
                "content": [{"type": "input_text", "text": "Why?", "new": 1}],
            },
        ],
        "tools": [{**_FUNCTION, "defer_loading": True}],
    },
    "late developer": {"input": [*_ITEMS, {"role": "developer", "content": "Now in French."}], "tools": [_FUNCTION]},
}

_ANTHROPIC_TOOL: Body = {"name": "weather", "description": "d", "input_schema": SCHEMA}


def _use(number: int) -> Body:
    return {"type": "tool_use", "id": f"call_{number}", "name": "weather", "input": json.loads(ARGUMENTS)}


_ANTHROPIC_TURNS: list[Body] = [
    {"role": "user", "content": "Compare."},
    {
        "role": "assistant",
        "content": [
            {"type": "thinking", "thinking": "First", "signature": "c2ln"},
            {"type": "text", "text": "I look."},
            _use(1),
            _use(2),
        ],
    },
    {
        "role": "user",
        "content": [
            {"type": "tool_result", "tool_use_id": "call_1", "content": "no such city", "is_error": True},
            {"type": "tool_result", "tool_use_id": "call_2", "content": [{"type": "text", "text": "sunny"}]},
            {"type": "text", "text": "Why?"},
        ],
    },
]

_ANTHROPIC: dict[str, Body] = {
    "turns": {"messages": _ANTHROPIC_TURNS, "system": "Be brief.", "tools": [_ANTHROPIC_TOOL]},
    "settings": {
        "messages": _ANTHROPIC_TURNS[:1],
        "system": [{"type": "text", "text": "Be brief."}, {"type": "text", "text": "Be kind."}],
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 40,
        "stream": True,
        "metadata": {"user_id": "u"},
    },
    "stops": {"messages": _ANTHROPIC_TURNS[:1], "stop_sequences": ["END"]},
    "budget": {"messages": _ANTHROPIC_TURNS[:1], "thinking": {"type": "enabled", "budget_tokens": 2048}},
    "hidden": {"messages": _ANTHROPIC_TURNS[:1], "thinking": {"type": "adaptive", "display": "omitted"}},
    "disabled": {"messages": _ANTHROPIC_TURNS[:1], "thinking": {"type": "disabled"}},
    "effort and budget": {
        "messages": _ANTHROPIC_TURNS[:1],
        "thinking": {"type": "enabled", "budget_tokens": 2048},
        "output_config": {"effort": "high"},
    },
    "schema": {
        "messages": _ANTHROPIC_TURNS[:1],
        "output_config": {"format": {"type": "json_schema", "schema": SCHEMA}},
    },
    **{
        f"choice {choice['type']}": {
            "messages": _ANTHROPIC_TURNS[:1],
            "tools": [_ANTHROPIC_TOOL, {**_ANTHROPIC_TOOL, "name": "time"}],
            "tool_choice": {**choice, "disable_parallel_tool_use": True},
        }
        for choice in ({"type": "auto"}, {"type": "any"}, {"type": "none"}, {"type": "tool", "name": "time"})
    },
    "picture": {
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
                    {"type": "text", "text": "What is it?"},
                    {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}},
                ],
            }
        ]
    },
    "documents": {
        "messages": [
            {
                "role": "user",
                "content": [
                    {
                        "type": "document",
                        "title": "a.pdf",
                        "source": {"type": "base64", "media_type": "application/pdf", "data": PDF},
                    },
                    {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "The sky"}},
                ],
            }
        ]
    },
    "far document": {
        "messages": [
            {
                "role": "user",
                "content": [{"type": "document", "source": {"type": "url", "url": "https://example.com/a.pdf"}}],
            }
        ]
    },
    "shown result": {
        "messages": [
            *_ANTHROPIC_TURNS[:1],
            {"role": "assistant", "content": [_use(1)]},
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": "call_1",
                        "content": [
                            {"type": "text", "text": "this:"},
                            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
                        ],
                    }
                ],
            },
        ],
        "tools": [_ANTHROPIC_TOOL],
    },
    "marked tool": {
        "messages": _ANTHROPIC_TURNS[:1],
        "tools": [{**_ANTHROPIC_TOOL, "cache_control": _MARK, "strict": True, "defer_loading": True}],
    },
    "marked": {
        "system": [{"type": "text", "text": "Be brief.", "cache_control": _MARK}],
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "Compare.", "cache_control": _MARK}]},
            {"role": "assistant", "content": [{**_use(1), "cache_control": _MARK, "caller": {"type": "direct"}}]},
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": "call_1",
                        "content": [{"type": "text", "text": "sunny", "cache_control": _MARK}],
                    }
                ],
            },
        ],
        "tools": [_ANTHROPIC_TOOL],
    },
    "hosted": {"messages": _ANTHROPIC_TURNS[:1], "tools": [{"type": "web_search_20250305", "name": "web_search"}]},
    "servers": {"messages": _ANTHROPIC_TURNS[:1], "mcp_servers": [{"type": "url", "url": "https://example.com"}]},
}

_GEMINI_TURNS: list[Body] = [
    {"role": "user", "parts": [{"text": "Compare."}]},
    {
        "role": "model",
        "parts": [
            {"text": "First", "thought": True, "thoughtSignature": "c2ln"},
            {"text": "I look."},
            {"functionCall": {"id": "call_1", "name": "weather", "args": json.loads(ARGUMENTS)}},
            {"functionCall": {"name": "time", "args": {}}},
        ],
    },
    {
        "role": "user",
        "parts": [
            {"functionResponse": {"id": "call_1", "name": "weather", "response": {"error": "no such city"}}},
            {"functionResponse": {"name": "time", "response": {"output": "noon"}}},
        ],
    },
    {"role": "user", "parts": [{"text": "Why?"}]},
]
_DECLARATIONS: Body = {
    "functionDeclarations": [
        {"name": "weather", "description": "d", "parametersJsonSchema": SCHEMA},
        {"name": "time", "parameters": {"type": "OBJECT", "properties": {"zone": {"type": "STRING"}}}},
    ]
}
_THINKING: tuple[Body, ...] = (
    {"thinkingBudget": 0},
    {"thinkingBudget": 2048, "includeThoughts": True},
    {"thinkingLevel": "LOW", "includeThoughts": False},
)

_GEMINI: dict[str, Body] = {
    "turns": {
        "contents": _GEMINI_TURNS,
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "tools": [_DECLARATIONS],
    },
    "settings": {
        "contents": _GEMINI_TURNS[:1],
        "safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}],
        "generationConfig": {"temperature": 0.5, "topP": 0.9, "topK": 40, "maxOutputTokens": 99, "seed": 7},
    },
    "penalties": {
        "contents": _GEMINI_TURNS[:1],
        "generationConfig": {"frequencyPenalty": 0.1, "presencePenalty": 0.2},
    },
    "stops": {"contents": _GEMINI_TURNS[:1], "generationConfig": {"stopSequences": ["END"]}},
    "several": {
        "contents": _GEMINI_TURNS[:1],
        "generationConfig": {"candidateCount": 2, "responseLogprobs": True, "logprobs": 3},
    },
    **{
        f"thinking {number}": {"contents": _GEMINI_TURNS[:1], "generationConfig": {"thinkingConfig": thinking}}
        for number, thinking in enumerate(_THINKING)
    },
    **{
        f"mode {mode} {' '.join(names)}".strip(): {
            "contents": _GEMINI_TURNS[:1],
            "tools": [_DECLARATIONS],
            "toolConfig": {"functionCallingConfig": {"mode": mode, "allowedFunctionNames": names}},
        }
        for mode, names in (("AUTO", []), ("ANY", []), ("ANY", ["time"]), ("NONE", []))
    },
    "schema": {
        "contents": _GEMINI_TURNS[:1],
        "generationConfig": {"responseMimeType": "application/json", "responseJsonSchema": SCHEMA},
    },
    "object": {"contents": _GEMINI_TURNS[:1], "generationConfig": {"responseMimeType": "application/json"}},
    "media": {
        "contents": [
            {
                "role": "user",
                "parts": [
                    {"inlineData": {"mimeType": "image/png", "data": PNG}},
                    {"text": "What is it?"},
                ],
            }
        ]
    },
    "file": {"contents": [{"role": "user", "parts": [{"inlineData": {"mimeType": "application/pdf", "data": PDF}}]}]},
    "sound": {"contents": [{"role": "user", "parts": [{"inlineData": {"mimeType": "audio/wav", "data": "AAAA"}}]}]},
    "own file": {"contents": [{"role": "user", "parts": [{"fileData": {"fileUri": "files/abc"}}]}]},
    "hosted": {"contents": _GEMINI_TURNS[:1], "tools": [{"googleSearch": {}}]},
    "signed": {
        "contents": [
            _GEMINI_TURNS[0],
            {
                "role": "model",
                "parts": [
                    {"text": "I look.", "thoughtSignature": "c2ln"},
                    {"functionCall": {"id": "call_1", "name": "time", "args": {}}, "thoughtSignature": "c2ln"},
                ],
            },
            {
                "role": "user",
                "parts": [{"functionResponse": {"id": "call_1", "name": "time", "response": {"output": "noon"}}}],
            },
        ],
        "tools": [_DECLARATIONS],
    },
    "strays": {
        "contents": [{"role": "user", "parts": [{"text": "Why?", "partMetadata": {"a": 1}}]}],
        "tools": [{"functionDeclarations": [{"name": "time", "behavior": "BLOCKING"}]}],
    },
    "shown instruction": {
        "contents": _GEMINI_TURNS[:1],
        "systemInstruction": {
            "parts": [{"text": "Like this:"}, {"inlineData": {"mimeType": "image/png", "data": PNG}}]
        },
    },
    "pictures": {"contents": _GEMINI_TURNS[:1], "generationConfig": {"responseModalities": ["TEXT", "IMAGE"]}},
}

_OLLAMA_TOOL: Body = {"type": "function", "function": {"name": "weather", "description": "d", "parameters": SCHEMA}}

_OLLAMA: dict[str, Body] = {
    "turns": {
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Compare."},
            {
                "role": "assistant",
                "content": "I look.",
                "thinking": "First",
                "tool_calls": [{"function": {"name": "weather", "arguments": json.loads(ARGUMENTS)}}],
            },
            {"role": "tool", "tool_name": "weather", "content": "sunny"},
            {"role": "user", "content": "Why?"},
        ],
        "tools": [_OLLAMA_TOOL],
    },
    "settings": {
        "messages": [{"role": "user", "content": "Why?"}],
        "stream": False,
        "keep_alive": "5m",
        "options": {"temperature": 0.5, "top_p": 0.9, "top_k": 40, "num_predict": 99, "seed": 7, "num_ctx": 4096},
    },
    "stops": {"messages": [{"role": "user", "content": "Why?"}], "options": {"stop": ["END"]}},
    "logprobs": {"messages": [{"role": "user", "content": "Why?"}], "logprobs": True, "top_logprobs": 2},
    "picture": {"messages": [{"role": "user", "content": "What is it?", "images": [PNG]}]},
    "strays": {
        "messages": [{"role": "user", "content": "Why?", "new": 1}],
        "tools": [{"type": "function", "function": {"name": "weather", "parameters": SCHEMA, "new": 1}}],
    },
    "schema": {"messages": [{"role": "user", "content": "Why?"}], "format": SCHEMA},
    "object": {"messages": [{"role": "user", "content": "Why?"}], "format": "json"},
    **{
        f"think {think}": {"messages": [{"role": "user", "content": "Why?"}], "think": think}
        for think in (True, False, "low", "high", "max")
    },
}

_COMPLETIONS: dict[str, Body] = {
    "text": {"prompt": "Once", **_SAMPLING, "max_tokens": 9, "seed": 7, "user": "u"},
    "stops": {"prompt": "Once", "stop": ["END"], "frequency_penalty": 0.1},
    "several": {"prompt": "Once", "n": 2, "logprobs": 3},
    "echo": {"prompt": "Once", "echo": True},
    "prompts": {"prompt": ["Once", "Twice"]},
}

_UI_PARTS: list[Body] = [
    {"type": "step-start"},
    {"type": "reasoning", "text": "First"},
    {"type": "text", "text": "I look."},
    {
        "type": "tool-weather",
        "toolCallId": "call_1",
        "state": "output-available",
        "input": json.loads(ARGUMENTS),
        "output": {"sky": "blue"},
    },
    {
        "type": "tool-weather",
        "toolCallId": "call_2",
        "state": "output-error",
        "input": {"city": "Rome"},
        "errorText": "no such city",
    },
    {"type": "step-start"},
    {"type": "text", "text": "Blue."},
]

_UI: dict[str, Body] = {
    "turns": {
        "messages": [
            {"id": "1", "role": "user", "parts": [{"type": "text", "text": "Compare."}]},
            {"id": "2", "role": "assistant", "parts": _UI_PARTS},
            {
                "id": "3",
                "role": "user",
                "parts": [
                    {"type": "text", "text": "And this?"},
                    {"type": "file", "mediaType": "image/png", "url": PNG_URL},
                ],
            },
        ],
        "system": "Be brief.",
        "tools": {"weather": {"description": "d", "inputSchema": SCHEMA}},
        "toolChoice": "auto",
        "maxOutputTokens": 99,
        "temperature": 0.5,
        "reasoningEffort": "low",
        "page": 1,
    },
    "strays": {
        "messages": [
            {
                "id": "1",
                "role": "user",
                "parts": [{"type": "text", "text": "Why?", "providerMetadata": {"openai": {"itemId": "msg_1"}}}],
            }
        ],
    },
}

_OF_DIALECT: dict[str, dict[str, Body]] = {
    "openai_chat": _CHAT,
    "openai_completions": _COMPLETIONS,
    "openai_responses": _RESPONSES,
    "anthropic": _ANTHROPIC,
    "gemini": _GEMINI,
    "ollama": _OLLAMA,
    "ui_stream": _UI,
}

_NEEDED: dict[str, Body] = {"gemini": {}, "anthropic": {"model": "m", "max_tokens": 99}}

RICH: tuple[tuple[str, str, str, bytes], ...] = tuple(
    (dialect, name, "", json.dumps({**_NEEDED.get(dialect, {"model": "m"}), **body}).encode())
    for dialect, bodies in _OF_DIALECT.items()
    for name, body in bodies.items()
)
"""Dialect, name, URL (none) and body of each."""
