/**
 * The run supervisor as the rest of the program sees it: promises and plain data.
 *
 * @module
 */
export type { PublicEvent, RunSupervisor, SubmitRequest } from "./service.ts";
