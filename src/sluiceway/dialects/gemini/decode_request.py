"""A Gemini request → the canonical request.

The model and whether the answer streams stand in the path. Every field that has a canonical place is checked and put
there; other fields are kept as extras under their paths, and those of them without which the answer would mean
something else are demands, so that a dialect that has to build its own body refuses them. Tools that Google runs are
hosted tools.

Source: Google's API reference, "generateContent" (August 2026).
"""

from __future__ import annotations

from typing import Any

import msgspec

from sluiceway.dialects.base import Target
from sluiceway.dialects.gemini.request_contents import ContentsDecoder
from sluiceway.dialects.gemini.request_errors import invalid, unreadable
from sluiceway.dialects.gemini.request_shapes import (
    BodyShape,
    CallingConfigShape,
    ConfigShape,
    DeclarationShape,
    ThinkingShape,
    ToolConfigShape,
    TurnShape,
)
from sluiceway.dialects.gemini.schema import decode_schema
from sluiceway.dialects.gemini.shapes import NAME, is_given
from sluiceway.dialects.gemini.spelling import respell
from sluiceway.request import (
    Message,
    Request,
    ResponseFormat,
    ResponseFormatKind,
    Role,
    TextPart,
    Tool,
    ToolChoice,
    ToolChoiceMode,
)

__all__ = ["decode_request"]

# Google takes numbers in quotes for numbers.
_BODY = msgspec.json.Decoder(BodyShape, strict=False)
_DECLARATIONS = msgspec.json.Decoder(list[DeclarationShape], strict=False)
_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])

_MODE_OF = {
    "AUTO": ToolChoiceMode.AUTO,
    "VALIDATED": ToolChoiceMode.AUTO,
    "MODE_UNSPECIFIED": ToolChoiceMode.AUTO,
    "ANY": ToolChoiceMode.REQUIRED,
    "NONE": ToolChoiceMode.NONE,
}
_JSON = "application/json"

# What changes what the answer is, and not only how it is made or filed.
_DEMANDS = ("cachedContent",)

_KNOWN = {
    "": BodyShape.__struct_encode_fields__,
    "toolConfig": ToolConfigShape.__struct_encode_fields__,
    "toolConfig.functionCallingConfig": CallingConfigShape.__struct_encode_fields__,
    "generationConfig": ConfigShape.__struct_encode_fields__,
    "generationConfig.thinkingConfig": ThinkingShape.__struct_encode_fields__,
}


def decode_request(body: bytes, target: Target, *, stream: bool) -> Request:
    """Return the request a body asks for.

    Args:
        body: the body as it came.
        target: holds the model.
        stream: whether it came to the path of streams.

    Raises:
        RequestError: the body is not JSON, or a field is missing or wrong; it names the field.
    """
    try:
        return _decode(body, target.path["model"], stream=stream)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise unreadable(error) from None


def _decode(body: bytes, model: str, *, stream: bool) -> Request:
    usual = respell(body)
    shape = _BODY.decode(usual)
    config = shape.generation_config or ConfigShape()
    thinking = config.thinking_config or ThinkingShape()
    extras = _find_extras(usual)
    demands = [name for name in _DEMANDS if extras.pop(name, None) is not None]
    return Request(
        model=model,
        messages=_decode_messages(shape, usual),
        stream=stream,
        tools=_decode_tools(shape),
        tool_choice=_decode_tool_choice(shape.tool_config),
        response_format=_decode_format(config),
        max_output_tokens=config.max_output_tokens,
        temperature=config.temperature,
        top_p=config.top_p,
        top_k=None if config.top_k is None else int(config.top_k),
        stop=config.stop_sequences or [],
        seed=config.seed,
        n=config.candidate_count or 1,
        logprobs=bool(config.response_logprobs),
        top_logprobs=config.logprobs,
        frequency_penalty=config.frequency_penalty,
        presence_penalty=config.presence_penalty,
        reasoning_effort=_decode_effort(thinking),
        reasoning_budget_tokens=thinking.thinking_budget if (thinking.thinking_budget or 0) > 0 else None,
        include_reasoning=thinking.include_thoughts,
        include_usage=True,
        extras={NAME: extras} if extras else {},
        demands=demands + _demands_of(config),
        dialect=NAME,
        body=body,
    )


def _decode_messages(shape: BodyShape, body: bytes) -> list[Message]:
    contents = [shape.contents] if isinstance(shape.contents, TurnShape) else shape.contents
    if not contents:
        raise invalid("contents", "contents is not specified")
    decoder = ContentsDecoder(lambda index, part: _find_record(body, index, part))
    messages = [decoder.decode(turn, index) for index, turn in enumerate(contents)]
    instruction = shape.system_instruction
    if isinstance(instruction, str):
        return [Message(Role.SYSTEM, [TextPart(instruction)]), *messages]
    # "systemInstruction":{"parts":[{"text":"You are a cat."}],"role":"user"}
    parts = decoder.decode_parts(instruction or TurnShape(), None)
    return [Message(Role.SYSTEM, parts), *messages] if parts else messages


def _find_record(body: bytes, index: int | None, number: int) -> dict[str, object]:
    """Return a part as it came; what stands alone is the first of its list, and without an index the instruction."""
    fields = msgspec.json.decode(body)
    turn = fields["systemInstruction"] if index is None else _at(fields["contents"], index)
    record: dict[str, object] = _at(turn["parts"], number)
    return record


def _at(items: Any, index: int) -> Any:
    return items[index] if isinstance(items, list) else items


def _decode_tools(shape: BodyShape) -> list[Tool]:
    records = [shape.tools] if isinstance(shape.tools, dict) else shape.tools or []
    tools: list[Tool] = []
    for index, record in enumerate(records):
        for name, value in record.items():
            if name == "functionDeclarations":
                tools += _decode_functions(value, f"$.tools[{index}].{name}")
            else:
                # "tools":[{"googleSearch":{}}]
                tools.append(Tool(name, is_hosted=True, extras={NAME: {name: msgspec.json.decode(value)}}))
    return tools


def _decode_functions(record: msgspec.Raw, path: str) -> list[Tool]:
    try:
        return [_decode_function(shape) for shape in _DECLARATIONS.decode(record)]
    except msgspec.ValidationError as error:
        complaint = str(error)
        placed = complaint.replace("`$", f"`{path}", 1) if "`$" in complaint else f"{complaint} - at `{path}`"
        raise msgspec.ValidationError(placed) from None


def _decode_function(shape: DeclarationShape) -> Tool:
    schema: dict[str, object] = {"type": "object", "properties": {}}
    if shape.parameters_json_schema is not None:
        schema = shape.parameters_json_schema
    elif shape.parameters is not None:
        schema = decode_schema(shape.parameters)
    return Tool(shape.name, shape.description, schema)


def _decode_tool_choice(shape: ToolConfigShape | None) -> ToolChoice | None:
    config = shape.function_calling_config if shape is not None else None
    if config is None:
        return None
    mode = _MODE_OF.get(config.mode.upper())
    if mode is None:
        raise invalid("toolConfig.functionCallingConfig.mode", f"'{config.mode}' is no mode")
    return ToolChoice(mode, config.allowed_function_names or [])


def _decode_format(config: ConfigShape) -> ResponseFormat | None:
    if config.response_mime_type != _JSON:
        return ResponseFormat(ResponseFormatKind.TEXT) if config.response_mime_type == "text/plain" else None
    if config.response_json_schema is not None:
        return ResponseFormat(ResponseFormatKind.JSON_SCHEMA, schema=config.response_json_schema)
    if config.response_schema is not None:
        return ResponseFormat(ResponseFormatKind.JSON_SCHEMA, schema=decode_schema(config.response_schema))
    return ResponseFormat(ResponseFormatKind.JSON_OBJECT)


def _decode_effort(thinking: ThinkingShape) -> str | None:
    if thinking.thinking_budget == 0:
        return "none"
    level = (thinking.thinking_level or "").lower()
    return level if level and not level.endswith("unspecified") else None


def _demands_of(config: ConfigShape) -> list[str]:
    """Return what only Gemini can answer with: pictures, speech, one word of a list."""
    demands: list[str] = []
    if any(modality.upper() != "TEXT" for modality in config.response_modalities or ()):
        demands.append("generationConfig.responseModalities")
    # "responseMimeType":"text/x.enum"
    if config.response_mime_type not in {None, "", "text/plain", _JSON}:
        demands.append("generationConfig.responseMimeType")
    return demands


def _find_extras(body: bytes) -> dict[str, object]:
    """Return the fields that have no canonical place, by their paths."""
    extras: dict[str, object] = {}
    top = _FIELDS.decode(body)
    for path, known in _KNOWN.items():
        fields = top
        for name in path.split(".") if path else ():
            record = fields.get(name, msgspec.Raw(b"null"))
            fields = _FIELDS.decode(record) if is_given(record) else {}
        for name in (name for name in fields if name not in known):
            extras[f"{path}.{name}" if path else name] = msgspec.json.decode(fields[name])
    return extras
