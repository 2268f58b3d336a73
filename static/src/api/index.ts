export { Api, type ApiIo, type CommandOptions, type EventsQuery, type LogOptions } from "./client.ts";
export { ApiError } from "./errors.ts";
