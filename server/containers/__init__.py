"""The containers of a Docker engine: watched, listed, acted on. The doors use `service` and `actions` and nothing else.

engine          the port: what is needed of an engine, its types and its errors
docker          the engine behind the port; connector, engine_json, translation, streams, output, reasons: how it speaks
watcher         follows the engine; puts what it sees into the registry (now) and the chronicle (what happened)
registry        the containers as they are: entry, condition, views, own; refresher inspects what changed
chronicle       tells the log each fact once: narrative and story decide what is new, recall finds it after a restart
broadcaster     sends the list when it changed
visibility      which of them somebody may see: labels remembers those that are gone, narrowing cuts the list
actions         accepts operations; admission says what can be begun, run does one, outcome knows when it is done,
                operations and operation_rows keep them, trail is what the audit trail is told
"""
