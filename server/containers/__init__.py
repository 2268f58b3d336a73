"""The containers of a Docker engine: watched, listed, acted on. The doors use `service` and `actions` and nothing else.

engine          the port: what is needed of an engine, its types and its errors
docker          the engine behind the port; connector, engine_json, translation, streams, output, reasons: how it speaks
watcher         follows the engine; puts what it sees into the registry (now) and the chronicle (what happened)
registry        the containers as they are: entry, condition, views, own; refresher inspects what changed
chronicle       tells the log each fact once: narrative and story decide what is new, recall finds it after a restart
broadcaster     sends the list when it changed
actions         accepts operations; run does one, outcome knows when it is done, operations keeps them
"""
