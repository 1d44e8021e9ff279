"""The part of JSON Schema 2020-12 that our OpenAPI document uses, checked by hand. Standard library only."""
import re

KNOWN = {"type", "format", "enum", "maxLength", "minimum", "maxItems", "items", "properties", "required", "allOf", "$ref", "pattern", "contentMediaType"}
TYPES = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}


def resolve(document, schema):
    """The schema behind a reference into the same document."""
    if "$ref" not in schema:
        return schema
    at = document
    for step in schema["$ref"].removeprefix("#/").split("/"):
        at = at[step]
    return at


def members(document, schema):
    """Every property of an object schema with those it is made of: name -> schema."""
    schema = resolve(document, schema)
    found = dict(schema.get("properties", {}))
    for part in schema.get("allOf", []):
        found.update(members(document, part))
    return found


def faults(document, schema, value, where="$", closed=True):
    """What is wrong with the value, a line each. `closed`: a member that no schema names is wrong too."""
    schema = resolve(document, schema)
    wrong = [f"{where}: unknown keyword {word}" for word in schema.keys() - KNOWN]
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(TYPES[name](value) for name in types):
        return wrong + [f"{where}: {value!r} is not {types}"]
    if "enum" in schema and value not in schema["enum"]:
        wrong.append(f"{where}: {value!r} is none of {schema['enum']}")
    if isinstance(value, str):
        if "maxLength" in schema and len(value) > schema["maxLength"]:
            wrong.append(f"{where}: too long")
        if "pattern" in schema and not re.search(schema["pattern"], value):
            wrong.append(f"{where}: {value!r} does not match {schema['pattern']}")
    if isinstance(value, list):
        for number, item in enumerate(value):
            wrong += faults(document, schema.get("items", {}), item, f"{where}[{number}]", closed)
    for part in schema.get("allOf", []):
        wrong += faults(document, part, value, where, False)
    if isinstance(value, dict):
        known = members(document, schema)
        wrong += [f"{where}.{name}: is missing" for name in schema.get("required", []) if name not in value]
        wrong += [f"{where}.{name}: is in no schema" for name in value.keys() - known.keys() if closed]
        for name, inner in schema.get("properties", {}).items():
            if name in value:
                wrong += faults(document, inner, value[name], f"{where}.{name}", closed)
        if closed:  # what the parts describe was checked open: its members again, closed
            for part in schema.get("allOf", []):
                for name, inner in members(document, part).items():
                    if name in value:
                        wrong += faults(document, inner, value[name], f"{where}.{name}", True)
    return sorted(set(wrong))
